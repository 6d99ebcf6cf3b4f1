import type * as tensorflow from '@tensorflow/tfjs';
import { writeNpy } from '@kiln/formats';
import type { LabelledImages } from './datasets/dataset.js';
import { predictOutputs } from './evaluate.js';
import { MODEL_FILES } from './model-folder.js';
import type { NetworkPart } from './recipes/recipe.js';
import { standardise, type Scaler } from './scaler.js';
import type { TensorFlow } from './tensorflow.js';
import type { TrainingRecord } from './training-record.js';

/** What stands in model.json under `userDefinedMetadata.kiln`: what comes before the network, and what its outputs mean. */
export interface ModelMetadata {
  readonly recipe: string;
  /** The raw input, before the scaler. */
  readonly input: { readonly name: string; readonly dtype: 'uint8' | 'float32'; readonly shape: readonly number[] };
  /** One mean and one standard deviation for each value of the input, in row-major order. */
  readonly scaler: { readonly mean: readonly number[]; readonly standardDeviation: readonly number[] };
  /** Names of the classes, for a network whose answer is one. */
  readonly classes?: readonly string[];
}

export interface TrainedParts {
  readonly model: tensorflow.LayersModel;
  readonly metadata: ModelMetadata;
  readonly record: TrainingRecord;
  /** The images that it was trained on, for the calibration of quantized models. */
  readonly calibration: LabelledImages;
  readonly evaluation: LabelledImages;
  /** What the network should answer to the images to evaluate with: [count, outputs]. */
  readonly targets: Float32Array;
}

/** All files of a model folder, by name; the same parts give the same bytes. */
export async function modelFiles(tf: TensorFlow, trained: TrainedParts): Promise<Map<string, string | Uint8Array>> {
  const { metadata, calibration, evaluation } = trained;
  const { network, weights } = await networkFiles(tf, trained.model, metadata);
  const files = new Map<string, string | Uint8Array>([
    [MODEL_FILES.network, network],
    [MODEL_FILES.weights, weights],
    [MODEL_FILES.training, asJson(trained.record)],
    [MODEL_FILES.calibration, imagesFile(calibration, metadata.input.shape)],
    [MODEL_FILES.evaluationInputs, imagesFile(evaluation, metadata.input.shape)],
  ]);
  const { count, labels } = evaluation;
  if (metadata.classes !== undefined) {
    files.set(MODEL_FILES.evaluationLabels, writeNpy({ dtype: 'uint8', shape: [count], data: labels }));
  } else {
    const shape = [count, trained.targets.length / count];
    files.set(MODEL_FILES.evaluationTargets, writeNpy({ dtype: 'float32', shape, data: trained.targets }));
  }
  return files;
}

/**
 * The files of a part of a network: a model folder of its own without a training record. A part that does not take the
 * raw input has no scaler, and its samples are what the encoder answers, float32.
 */
export async function partFiles(
  tf: TensorFlow,
  { model, metadata, calibration, evaluation }: TrainedParts,
  { name, network, takesInput }: NetworkPart,
): Promise<Map<string, string | Uint8Array>> {
  const { recipe, input, scaler } = metadata;
  const own = { recipe: `${recipe}/${name}`, ...(takesInput ? { input, scaler } : {}) };
  const samples = async (images: LabelledImages): Promise<Uint8Array> => {
    if (takesInput) return imagesFile(images, input.shape);
    const data = await inputsOf(tf, model, network, standardise(scaler, images.images));
    return writeNpy({ dtype: 'float32', shape: [images.count, data.length / images.count], data });
  };
  const files = await networkFiles(tf, network, own);
  return new Map<string, string | Uint8Array>([
    [MODEL_FILES.network, files.network],
    [MODEL_FILES.weights, files.weights],
    [MODEL_FILES.calibration, await samples(calibration)],
    [MODEL_FILES.evaluationInputs, await samples(evaluation)],
  ]);
}

/** What the first layer of a part is given inside the whole network, for standardised inputs. */
async function inputsOf(
  tf: TensorFlow,
  whole: tensorflow.LayersModel,
  part: tensorflow.LayersModel,
  inputs: Float32Array,
): Promise<Float32Array> {
  const first = part.layers.find((layer) => layer.getClassName() !== 'InputLayer')!;
  const before = whole.layers[whole.layers.indexOf(first) - 1]!;
  // A layer that several networks share has an output in each; the first is that of the network it was made for.
  const output = before.getOutputAt(0) as tensorflow.SymbolicTensor;
  return predictOutputs(tf, tf.model({ inputs: whole.inputs, outputs: output }), inputs);
}

export function scalerMetadata({ mean, standardDeviation }: Scaler): ModelMetadata['scaler'] {
  return { mean: Array.from(mean), standardDeviation: Array.from(standardDeviation) };
}

/** The network as a layers model of stock TensorFlow.js: topology, and weights in one file. */
async function networkFiles(tf: TensorFlow, model: tensorflow.LayersModel, metadata: Partial<ModelMetadata>) {
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
  return writeNpy({ dtype: dtypeOf(images), shape: [count, ...shape], data: images });
}

/** How raw inputs are stored, here and in the C that takes them. */
export function dtypeOf(images: LabelledImages['images']): 'uint8' | 'float32' {
  return images instanceof Uint8Array ? 'uint8' : 'float32';
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
