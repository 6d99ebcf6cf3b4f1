import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Compilation, Samples } from '@kiln/codegen';
import { modelFiles, readTfjsLayers } from '@kiln/formats';
import { DataError, producerOf, type TensorId, tensorOf } from '@kiln/ir';
import { type ActivationGrid, MODEL_FILES, retrainQuantized } from '@kiln/train';
import type { Model } from '../model-folder.js';
import { runStage } from '../ui/progress.js';
import type { Terminal } from '../ui/terminal.js';

export interface RetrainPlan {
  readonly epochs: number;
  readonly seed: number;
}

/** The same network with other weights, and its files by name. */
export interface RetrainedModel extends RetrainPlan {
  readonly model: Model;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** Samples that retraining sees in an epoch; of more, evenly spaced ones. */
const MOST_SAMPLES = 1024;

/**
 * Trains the network on with its values rounded to the grids that `compilation` calibrated. Where that cannot be, the answer
 * is why.
 */
export async function retrainModel(
  terminal: Terminal,
  model: Model,
  compilation: Compilation,
  { epochs, seed }: RetrainPlan,
): Promise<RetrainedModel | string> {
  const obstacle = obstacleOf(model);
  if (obstacle !== null) return obstacle;
  const [file] = modelFiles(model.path) as [string];
  const { inputGrid, grids } = gridsOf(compilation);
  const inputs = joined(model.calibration ?? []);
  try {
    const files = await runStage(
      terminal,
      'Retrain',
      (stage) =>
        retrainQuantized({ file, inputs, inputGrid, grids, epochs, seed, onProgress: (...at) => stage.update(...at) }),
      () => `${epochs} epochs with rounded values`,
    );
    return { epochs, seed, files, model: withFiles(model, files) };
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

/** Why a model cannot be retrained; null if it can. */
function obstacleOf({ path, graph }: Model): string | null {
  const [file] = modelFiles(path) as [string];
  if (!file.endsWith('.json') || !readFileSync(file, 'utf8').includes('"layers-model"'))
    return 'the model is no layers model of TensorFlow.js, the one format that Kiln trains';
  if (graph.inputs.length === 1 && graph.outputs.length === 1 && graph.states.length === 0) return null;
  return 'the network has several inputs, outputs or states; only those with one of each and none are retrained';
}

/** The calibrated grids by the names of their tensors, and that of what the first layer reads. */
function gridsOf({ float, calibration }: Compilation) {
  const isInput = (id: TensorId): boolean =>
    float.inputs.includes(id) ||
    (producerOf(float, id)?.op === 'standardize' && float.inputs.includes(producerOf(float, id)!.inputs[0]!));
  let inputGrid: ActivationGrid | null = null;
  const grids = new Map<string, ActivationGrid>();
  for (const [id, { quantization }] of calibration) {
    const grid = { scale: quantization.scale[0]!, zeroPoint: quantization.zeroPoint[0]! };
    if (isInput(id)) inputGrid = grid;
    else grids.set(tensorOf(float, id).name, grid);
  }
  return { inputGrid, grids };
}

function joined(samples: Samples): Float32Array {
  const count = Math.min(MOST_SAMPLES, samples.length);
  const chosen = Array.from({ length: count }, (_, i) => samples[Math.floor((i * samples.length) / count)]![0]!);
  return Float32Array.from(chosen.flatMap((data) => Array.from(data as Float32Array)));
}

/** The model as it will be read again from these files. */
function withFiles(model: Model, files: ReadonlyMap<string, string | Uint8Array>): Model {
  const network = files.get(MODEL_FILES.network) as string;
  const weights = files.get(MODEL_FILES.weights) as Uint8Array;
  return {
    path: model.path,
    folder: model.folder,
    graph: readTfjsLayers(network, model.path, () => weights),
    sha256: createHash('sha256').update(network).update(weights).digest('hex'),
    hasSamples: model.hasSamples,
    sampleFiles: model.sampleFiles,
    plan: null,
    calibration: model.calibration,
    evaluation: null,
  };
}
