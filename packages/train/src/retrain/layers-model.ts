import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as tensorflow from '@tensorflow/tfjs';
import { DataError } from '@kiln/ir';
import { z } from 'zod';
import { MODEL_FILES } from '../model-folder.js';
import type { Scaler } from '../scaler.js';
import type { TensorFlow } from '../tensorflow.js';

/** The parts of a layers model's model.json that loading and saving it need; the others are kept as they are. */
const SCHEMA = z.looseObject({
  format: z.literal('layers-model'),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.number()), dtype: z.string() })),
    }),
  ),
  userDefinedMetadata: z
    .looseObject({
      kiln: z
        .looseObject({
          scaler: z.object({ mean: z.array(z.number()), standardDeviation: z.array(z.number()) }).optional(),
        })
        .optional(),
    })
    .optional(),
});

type LayersJson = z.infer<typeof SCHEMA>;

/** A layers model of TensorFlow.js from its files, with the scaler that stands before it if Kiln trained it. */
export interface LoadedLayers {
  readonly json: LayersJson;
  readonly model: tensorflow.LayersModel;
  readonly scaler: Scaler | null;
}

/** Loads a layers model by its model.json. Errors: DataError E-RETRAIN-MODEL where stock TensorFlow.js cannot. */
export async function loadLayers(tf: TensorFlow, file: string): Promise<LoadedLayers> {
  try {
    const json = SCHEMA.parse(JSON.parse(readFileSync(file, 'utf8')));
    const bytes = json.weightsManifest.flatMap(({ paths }) =>
      paths.map((name) => readFileSync(path.join(path.dirname(file), name))),
    );
    const artifacts = {
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(Buffer.concat(bytes)).buffer,
    };
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts as Parameters<typeof tf.io.fromMemory>[0]));
    return { json, model, scaler: json.userDefinedMetadata?.kiln?.scaler ?? null };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? 'it is no layers model' : (cause as Error).message;
    const message = `TensorFlow.js cannot load it: ${reason}; expected a layers model of stock layers`;
    throw new DataError('E-RETRAIN-MODEL', file, message, 'Go without retraining', { cause });
  }
}

/** The files of the same network with the weights that it has now, float32 in one file, by name. */
export function layersFiles({ json, model }: LoadedLayers): Map<string, string | Uint8Array> {
  const values = new Map(model.weights.map((weight) => [weight.originalName, weight]));
  const specs = json.weightsManifest.flatMap(({ weights }) => weights);
  const data = specs.flatMap(({ name }) => Array.from(values.get(name)!.read().dataSync() as Float32Array));
  const weights = specs.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const network = { ...json, weightsManifest: [{ paths: [MODEL_FILES.weights], weights }] };
  return new Map<string, string | Uint8Array>([
    [MODEL_FILES.network, `${JSON.stringify(network, null, 2)}\n`],
    [MODEL_FILES.weights, new Uint8Array(Float32Array.from(data).buffer)],
  ]);
}
