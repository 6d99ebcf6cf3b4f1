import type { Graph, Node, Tensor } from '@kiln/ir';
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
  return [...filterPicture(layers), ...histogramPicture(layers)];
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

function filterPicture(layers: readonly WeightedLayer[]): Picture[] {
  const first = layers.find(({ node }) => node.op === 'conv2d');
  if (first === undefined) return [];
  const { shape, data } = first.weights;
  const [filters = 1, height = 1, width = 1, channels = 1] = shape;
  if (height * width < 4) return [];
  const values = data as Int8Array;
  const tiles: Tile[] = Array.from({ length: Math.min(MAX_FILTERS, filters) }, (_, filter) => ({
    pixels: Array.from(
      { length: height * width },
      (_, pixel) => values[(filter * height * width + pixel) * channels]! / 127,
    ),
    columns: width,
    label: String(filter),
  }));
  return [
    {
      name: 'filters',
      title: `Filters of ${first.node.name}`,
      caption: `The ${tiles.length} filters of ${height} x ${width}, each against its own greatest weight: blue above zero, orange below.`,
      image: plotTiles(`Filters of the layer ${first.node.name}`, tiles, { perRow: 8, pixelSize: 14 }),
    },
  ];
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
        'How often each of the 255 values is taken: one bar is one step of the grid, whose worth each channel has for itself.',
      image: plotWeightHistograms(`Weights of ${grids.length} layers on their int8 grid`, grids),
    },
  ];
}
