import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DataError, ShapeError } from '@kiln/ir';
import { z } from 'zod';
import { selectBackend, type BackendChoice } from './backends/select-backend.js';
import { predictOutputs } from './evaluate.js';
import { MODEL_FILES } from './model-folder.js';
import { standardise } from './scaler.js';

const networkSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ weights: z.array(z.looseObject({ name: z.string() })) })),
  userDefinedMetadata: z.object({
    kiln: z.object({
      input: z.object({ dtype: z.enum(['uint8', 'float32']), shape: z.array(z.number()) }).optional(),
      scaler: z.object({ mean: z.array(z.number()), standardDeviation: z.array(z.number()) }).optional(),
    }),
  }),
});

type Network = z.infer<typeof networkSchema>;

/**
 * The outputs [count, outputs] that TensorFlow.js itself computes with a saved model for raw inputs.
 *
 * `rawInputs`: the bytes of uint8 [count, ...shape], row-major, before the scaler; of a network without a scaler, or with one
 * for float32, those of float32 values. The network is loaded by stock TensorFlow.js and standardised inputs are float32:
 * fround(fround(x - fround(mean)) * fround(1 / standardDeviation)).
 *
 * Errors: DataError if the folder holds no trained model, ShapeError if the inputs do not fit, MissingToolError for a
 * backend that is not there.
 */
export async function predictWithTensorFlow(
  modelFolder: string,
  rawInputs: Uint8Array,
  backend: BackendChoice = 'auto',
): Promise<Float32Array> {
  const network = readNetwork(path.join(modelFolder, MODEL_FILES.network));
  const inputs = networkInputs(network, rawInputs, modelFolder);
  const { tf } = await selectBackend(backend);
  const weightData = readWeights(path.join(modelFolder, MODEL_FILES.weights));
  const weightSpecs = network.weightsManifest.flatMap((group) => group.weights);
  const artifacts = { modelTopology: network.modelTopology, weightSpecs, weightData };
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts as Parameters<typeof tf.io.fromMemory>[0]));
  try {
    return await predictOutputs(tf, model, inputs);
  } finally {
    model.dispose();
  }
}

function networkInputs({ userDefinedMetadata }: Network, rawInputs: Uint8Array, modelFolder: string): Float32Array {
  const { input, scaler } = userDefinedMetadata.kiln;
  const floats = (): Float32Array => new Float32Array(new Uint8Array(rawInputs).buffer);
  if (input === undefined || scaler === undefined) return floats();
  const values = input.dtype === 'uint8' ? rawInputs : floats();
  const features = input.shape.reduce((product, size) => product * size, 1);
  if (values.length % features === 0) return standardise(scaler, values);
  throw new ShapeError(
    'E-PREDICT-INPUT',
    modelFolder,
    `${values.length} input values, expected a multiple of ${features} = [${input.shape.join(', ')}]`,
    'Give whole inputs',
  );
}

function readNetwork(file: string): Network {
  try {
    return networkSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw unreadable(file, 'a trained model of Kiln', cause);
  }
}

function readWeights(file: string): ArrayBuffer {
  try {
    return new Uint8Array(readFileSync(file)).buffer;
  } catch (cause) {
    throw unreadable(file, 'the weights of a trained model', cause);
  }
}

function unreadable(file: string, expected: string, cause: unknown): DataError {
  const found = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
  return new DataError('E-MODEL-UNREADABLE', file, `expected ${expected}, found: ${found}`, 'Train it again', {
    cause,
  });
}
