import { type Graph, type Node, type Tensor, tensorOf } from '@kiln/ir';
import { plotTiles, type Tile } from '../report/plots/tile-sheet.js';
import { plotWeightHistograms, type WeightGrid } from '../report/plots/weight-histograms.js';
import type { Picture } from './picture.js';

/** More would not be read. */
const MAX_FILTERS = 64;
const MAX_LAYERS = 12;

/** The first convolution's filters, and the weights of each layer on the int8 grid, of a compiled network. */
export function weightPictures(graph: Graph): Picture[] {
  const layers = graph.nodes.flatMap((node) => {
    const weights = weightsOf(graph, node);
    return weights === null ? [] : [{ node, weights }];
  });
  return [...filterPicture(graph, layers), ...histogramPicture(layers)];
}

interface WeightedLayer {
  readonly node: Node;
  readonly weights: Tensor;
}

/** The second input of a node with weights: int8, with a scale. */
function weightsOf(graph: Graph, { op, inputs }: Node): Tensor | null {
  if (op !== 'conv2d' && op !== 'depthwiseConv2d' && op !== 'dense') return null;
  const tensor = graph.tensors.get(inputs[1]!);
  return tensor?.data instanceof Int8Array && tensor.quantization !== null ? tensor : null;
}

/** The filters of the first convolution, or what each neuron of a first dense layer looks for in an image. */
function filterPicture(graph: Graph, layers: readonly WeightedLayer[]): Picture[] {
  const [first] = layers;
  if (first === undefined || first.node.op === 'depthwiseConv2d') return [];
  const { node, weights } = first;
  const [count = 1, height = 1, width = 1, channels = 1] =
    node.op === 'conv2d' ? weights.shape : imageShape(graph, weights.shape);
  if (height < 2 || width < 2) return [];
  const size = height * width;
  const tiles: Tile[] = Array.from({ length: Math.min(MAX_FILTERS, count) }, (_, filter) => {
    const values = Array.from(
      { length: size },
      (_, pixel) => (weights.data as Int8Array)[(filter * size + pixel) * channels]!,
    );
    const greatest = Math.max(1, ...values.map(Math.abs));
    return { pixels: values.map((value) => value / greatest), columns: width, label: String(filter) };
  });
  const kind = node.op === 'conv2d' ? 'filters' : 'neurons';
  return [
    {
      name: 'filters',
      title: `The ${kind} of ${node.name}`,
      caption: `The weights of ${tiles.length} ${kind} of ${height} x ${width}, each against its own greatest: blue above zero, orange below.`,
      image: plotTiles(`Weights of the layer ${node.name}`, tiles, { perRow: 8, pixelSize: height > 4 ? 6 : 14 }),
    },
  ];
}

/** The weights of a dense layer [neurons, inputs] as images, where its inputs are all pixels of the network's input. */
function imageShape(graph: Graph, [neurons = 1, inputs = 1]: readonly number[]): readonly number[] {
  const shape = tensorOf(graph, graph.inputs[0]!).shape.filter((size) => size > 1);
  const [height = 1, width = 1] = shape;
  return shape.length === 2 && height * width === inputs ? [neurons, height, width, 1] : [];
}

function histogramPicture(layers: readonly WeightedLayer[]): Picture[] {
  const grids: WeightGrid[] = layers.slice(0, MAX_LAYERS).map(({ node, weights }) => ({
    name: node.name,
    values: weights.data as Int8Array,
    steps: weights.quantization!.scale,
  }));
  if (grids.length === 0) return [];
  return [
    {
      name: 'weights',
      title: 'Weights on the int8 grid',
      caption:
        'How often each of the 255 values is taken: one bar is one step of the grid, whose worth each channel has for itself, ' +
        'so that its widest weight lies at an end. Each layer is drawn against its most frequent value between the ends.',
      image: plotWeightHistograms(`Weights of ${grids.length} layers on their int8 grid`, grids),
    },
  ];
}
