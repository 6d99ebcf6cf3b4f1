import type * as tensorflow from '@tensorflow/tfjs';
import { writeNpy } from '@kiln/formats';
import type { LabelledImages } from './datasets/dataset.js';
import { MODEL_FILES } from './model-folder.js';
import type { Scaler } from './scaler.js';
import type { TensorFlow } from './tensorflow.js';
import type { TrainingRecord } from './training-record.js';

/** What stands in model.json under `userDefinedMetadata.kiln`: what comes before the network, and what its outputs mean. */
export interface ModelMetadata {
  readonly recipe: string;
  /** The raw input, before the scaler. */
  readonly input: { readonly name: string; readonly dtype: 'uint8'; readonly shape: readonly number[] };
  /** One mean and one standard deviation for each value of the input, in row-major order. */
  readonly scaler: { readonly mean: readonly number[]; readonly standardDeviation: readonly number[] };
  readonly classes: readonly string[];
}

export interface TrainedParts {
  readonly model: tensorflow.LayersModel;
  readonly metadata: ModelMetadata;
  readonly record: TrainingRecord;
  /** The images that it was trained on, for the calibration of quantized models. */
  readonly calibration: LabelledImages;
  readonly evaluation: LabelledImages;
}

/** All files of a model folder, by name; the same parts give the same bytes. */
export async function modelFiles(tf: TensorFlow, parts: TrainedParts): Promise<Map<string, string | Uint8Array>> {
  const { metadata, calibration, evaluation } = parts;
  const { network, weights } = await networkFiles(tf, parts.model, metadata);
  return new Map<string, string | Uint8Array>([
    [MODEL_FILES.network, network],
    [MODEL_FILES.weights, weights],
    [MODEL_FILES.training, asJson(parts.record)],
    [MODEL_FILES.calibration, imagesFile(calibration, metadata.input.shape)],
    [MODEL_FILES.evaluationInputs, imagesFile(evaluation, metadata.input.shape)],
    [MODEL_FILES.evaluationLabels, writeNpy({ dtype: 'uint8', shape: [evaluation.count], data: evaluation.labels })],
  ]);
}

export function scalerMetadata({ mean, standardDeviation }: Scaler): ModelMetadata['scaler'] {
  return { mean: Array.from(mean), standardDeviation: Array.from(standardDeviation) };
}

/** The network as a layers model of stock TensorFlow.js: topology, and weights in one file. */
async function networkFiles(tf: TensorFlow, model: tensorflow.LayersModel, metadata: ModelMetadata) {
  model.setUserDefinedMetadata({ kiln: metadata });
  const saved: tensorflow.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  const { weightSpecs, weightData, modelTopology, format, generatedBy, userDefinedMetadata } = saved[0]!;
  return {
    network: asJson({
      format,
      generatedBy,
      convertedBy: null,
      modelTopology,
      weightsManifest: [{ paths: [MODEL_FILES.weights], weights: weightSpecs }],
      userDefinedMetadata,
    }),
    weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
  };
}

function imagesFile({ count, images }: LabelledImages, shape: readonly number[]): Uint8Array {
  return writeNpy({ dtype: 'uint8', shape: [count, ...shape], data: images });
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
