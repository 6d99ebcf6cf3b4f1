import { z } from 'zod';

const heightWidth = z.union([z.tuple([z.int().positive(), z.int().positive()]), z.int().positive()]);

/** Converts Keras's "one number or two" to two. */
export const pair = heightWidth.transform((value): [number, number] =>
  typeof value === 'number' ? [value, value] : value,
);

const layer = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.array(z.tuple([z.string(), z.int(), z.int()], z.unknown()))).optional(),
});

const network = z.object({
  class_name: z.string(),
  config: z.union([
    z
      .array(layer)
      .transform((layers) => ({ name: undefined, layers, input_layers: undefined, output_layers: undefined })),
    z.object({
      name: z.string().optional(),
      layers: z.array(layer),
      input_layers: z.unknown().optional(),
      output_layers: z.unknown().optional(),
    }),
  ]),
});

const numbers = z.array(z.number());

/** What Kiln's trainer leaves in `userDefinedMetadata.kiln`: what the network's file format has no place for. */
export const kilnMetadata = z.object({
  /** The raw input before the scaler; a network without one takes what its first layer takes. */
  input: z.object({ name: z.string(), dtype: z.literal('uint8'), shape: z.array(z.int().positive()) }).optional(),
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
  modelTopology: z.union([z.object({ model_config: network }).transform((topology) => topology.model_config), network]),
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
export type LayerJson = z.infer<typeof layer>;
