import { z } from 'zod';

const numbers = z.array(z.number());

/** What Kiln's trainer leaves in `userDefinedMetadata.kiln`: what the network's file format has no place for. */
export const kilnMetadata = z.object({
  /** The raw input before the scaler; a network without one takes what its first layer takes. */
  input: z
    .object({ name: z.string(), dtype: z.enum(['uint8', 'float32']), shape: z.array(z.int().positive()) })
    .optional(),
  scaler: z.object({ mean: numbers, standardDeviation: numbers }).optional(),
  classes: z.array(z.string()).optional(),
});

/**
 * The parts of a TensorFlow.js `model.json` that Kiln reads.
 *
 * Source: tfjs-layers 4.22, `io/types.ts` (ModelJSON); Keras's `get_config` under `modelTopology`.
 */
export const modelJson = z.object({
  format: z.string().optional(),
  /** `model_config` of Keras, by itself or inside an object. */
  modelTopology: z.union([
    z.object({ model_config: z.unknown() }).transform((topology) => topology.model_config),
    z.looseObject({ class_name: z.string() }),
  ]),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().nonnegative()),
          dtype: z.string(),
          quantization: z.unknown().optional(),
        }),
      ),
    }),
  ),
  userDefinedMetadata: z.object({ kiln: kilnMetadata.optional() }).optional(),
});

export type ModelJson = z.infer<typeof modelJson>;
export type KilnMetadata = z.infer<typeof kilnMetadata>;
