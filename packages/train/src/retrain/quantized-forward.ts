import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';
import { type ActivationGrid, fakeActivation, fakeWeights } from './fake-quantize.js';

/** Which axes of each kernel tell the channels apart that have a scale each, by the end of the weight's name. */
const CHANNEL_AXES: Readonly<Record<string, (rank: number, layer: string) => readonly number[]>> = {
  // [..., in, out]; of a transposed convolution [..., out, in].
  kernel: (rank, layer) => [layer.endsWith('Transpose') ? rank - 2 : rank - 1],
  pointwise_kernel: (rank) => [rank - 1],
  // [rows, columns, in, multiplier].
  depthwise_kernel: (rank) => [rank - 2, rank - 1],
};

/** A network that computes as its integers would. */
export interface QuantizedForward {
  /** Behind the rounded weights: what training moves. */
  readonly variables: readonly tensorflow.Variable[];
  /** Makes the float network of it again, with the weights that it has now. */
  restore(): void;
}

/**
 * From now on the network computes with weights rounded as int8 rounds them, and rounds the results of the layers that have
 * a grid, by the name of the result: the layer's, or `layer/activation` after an activation of its own. Biases stay: their
 * integers are fine.
 */
export function quantizeForward(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  grids: ReadonlyMap<string, ActivationGrid>,
): QuantizedForward {
  const variables = model.trainableWeights.map((weight) => weight.read() as tensorflow.Variable);
  const names = resultNames(model);
  const changed = model.layers.flatMap((layer) => [
    ...roundWeights(tf, layer),
    ...roundResult(tf, layer, grids.get(names.get(layer) ?? '')),
  ]);
  return { variables, restore: () => changed.forEach((undo) => undo()) };
}

type Undo = () => void;

/** What the results of the layers are called in the graph that the grids are of. */
function resultNames({ layers }: tensorflow.LayersModel): Map<tensorflow.layers.Layer, string> {
  const names = new Map(layers.map((layer) => [layer, resultName(layer)]));
  for (const layer of layers) {
    const before = layer.inboundNodes[0]?.inboundLayers[0];
    if (layer.getClassName() !== 'BatchNormalization' || before === undefined) continue;
    if (resultName(before) !== before.name) continue;
    // The graph has it inside the layer before, under that layer's name, and that layer's own result nowhere.
    names.set(layer, before.name);
    names.delete(before);
  }
  return names;
}

function resultName(layer: tensorflow.layers.Layer): string {
  const { activation } = layer.getConfig();
  const isOwn = typeof activation === 'string' && activation !== 'linear' && layer.getClassName() !== 'Activation';
  return isOwn ? `${layer.name}/${activation}` : layer.name;
}

function roundResult(tf: TensorFlow, layer: tensorflow.layers.Layer, grid: ActivationGrid | undefined): Undo[] {
  if (grid === undefined) return [];
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => tf.tidy(() => fakeActivation(tf, call(inputs, kwargs) as tensorflow.Tensor, grid));
  return [() => (layer.call = call)];
}

function roundWeights(tf: TensorFlow, layer: tensorflow.layers.Layer): Undo[] {
  return layer.weights.flatMap((weight) => {
    const axes = CHANNEL_AXES[weight.originalName.split('/').at(-1)!];
    if (axes === undefined) return [];
    const read = weight.read.bind(weight);
    weight.read = () => fakeWeights(tf, read(), axes(weight.shape.length, layer.getClassName()));
    return [() => (weight.read = read)];
  });
}
