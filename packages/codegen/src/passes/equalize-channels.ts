import { type Graph, GraphEditor, tensorOf } from '@kiln/ir';
import { type ChannelExtremes, type ExtremesByTensor, reachOf } from '../quantize/channel-extremes.js';
import { channelsOf, isScalable, type ScalableNode, scaledReaders } from './channels/scaled-readers.js';

/** No channel is raised or lowered by more than this against the greatest: rounding errors of float32 would show. */
const MOST_FACTOR = 2 ** 16;
/** Where relu6 cuts. */
const CLIP = 6;

/**
 * Cross-layer equalisation: makes the channels between two layers equally large, so that one scale fits them all.
 *
 *   y'[o] = y[o] / s[o]      W1'[o] = W1[o] / s[o], b1'[o] = b1[o] / s[o], W2'[.., o] = W2[.., o] * s[o]
 *
 * Whatever lies in between must let a positive factor through: relu, pooling, reshapes that keep channels apart. What is
 * equalised with the columns of W2 is not the rows of W1, as in the paper, but the values y themselves: rows have scales of
 * their own here. By the paper's derivation s[o] = sqrt(reach(y[o]) / reach(W2[.., o])), where reach(W2) is taken relative to
 * each row; a depthwise layer has a scale for each channel, so that s[o] = reach(y[o]).
 *
 * A relu6 lets channels through that did not reach 6 on the samples, up to 6: what goes farther than it ever did is cut off,
 * as the range of an integer would.
 *
 * Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.1.
 * Requires: shapes inferred, activations fused; float32. Ensures: the same function up to rounding, on the samples.
 */
export function equalizeChannels(graph: Graph, extremes: ExtremesByTensor): Graph {
  const editor = new GraphEditor(graph);
  for (const { id } of graph.nodes) {
    const current = editor.finish();
    const node = current.nodes.find((other) => other.id === id)!;
    if (!isScalable(current, node) || node.attributes.activation === 'reluN1To1') continue;
    const [y] = node.outputs;
    const reach = extremes.get(y!);
    const readers = scaledReaders(current, y!, channelsOf(current, y!));
    if (reach === undefined || readers === null) continue;
    const scales = channelScales(current, node, reach, readers);
    scaleResults(editor, current, node, scales);
    for (const reader of readers) scaleOperands(editor, current, reader, scales);
  }
  return editor.finish();
}

/** What each channel of the node's result is divided by. */
function channelScales(
  graph: Graph,
  node: ScalableNode,
  extremes: ChannelExtremes,
  readers: readonly ScalableNode[],
): Float64Array {
  const reaches = Float64Array.from(extremes.least, (_, channel) => reachOf(extremes, channel));
  const columns = columnReaches(graph, readers, reaches.length);
  const wanted = reaches.map((reach, channel) => {
    const column = columns?.[channel] ?? 1;
    return columns === null ? reach : Math.sqrt(reach / (column > 0 ? column : 1));
  });
  const greatest = wanted.reduce((a, b) => Math.max(a, b), 0);
  return wanted.map((scale, channel) => {
    // A channel that is always zero stays as it is.
    if (greatest === 0 || scale === 0) return 1;
    const bounded = Math.max(scale / greatest, 1 / MOST_FACTOR);
    return node.attributes.activation === 'relu6' ? Math.max(bounded, reaches[channel]! / CLIP) : bounded;
  });
}

/** The greatest weight that meets each channel, as a share of the greatest of its row; null if all readers are depthwise. */
function columnReaches(graph: Graph, readers: readonly ScalableNode[], channels: number): Float64Array | null {
  const full = readers.filter(({ op }) => op !== 'depthwiseConv2d');
  if (full.length === 0) return null;
  const columns = new Float64Array(channels);
  for (const { inputs } of full) {
    const { data, shape } = tensorOf(graph, inputs[1]!);
    const [rows, weights] = [shape[0]!, data as Float32Array];
    const size = weights.length / rows;
    for (let row = 0; row < rows; row++) {
      const part = weights.subarray(row * size, (row + 1) * size);
      const greatest = part.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
      part.forEach((weight, i) => {
        if (greatest > 0) columns[i % channels] = Math.max(columns[i % channels]!, Math.abs(weight) / greatest);
      });
    }
  }
  return columns;
}

function scaleResults(editor: GraphEditor, graph: Graph, node: ScalableNode, scales: Float64Array): void {
  const [weights, bias] = node.inputs.slice(1).map((id) => tensorOf(graph, id));
  const values = weights!.data as Float32Array;
  const size = values.length / scales.length;
  const channelOf = (i: number): number => (node.op === 'depthwiseConv2d' ? i % scales.length : Math.floor(i / size));
  editor.replaceTensor(weights!.id, { data: values.map((value, i) => value / scales[channelOf(i)]!) });
  editor.replaceTensor(bias!.id, { data: (bias!.data as Float32Array).map((value, o) => value / scales[o]!) });
}

function scaleOperands(editor: GraphEditor, graph: Graph, node: ScalableNode, scales: Float64Array): void {
  const weights = tensorOf(graph, node.inputs[1]!);
  const values = weights.data as Float32Array;
  // Each channel of a depthwise layer makes `multiple` results.
  const multiple = node.op === 'depthwiseConv2d' ? weights.shape[3]! / channelsOf(graph, node.inputs[0]!) : 1;
  const last = weights.shape.at(-1)!;
  const channelOf = (i: number): number => Math.floor((i % last) / multiple) % scales.length;
  editor.replaceTensor(weights.id, { data: values.map((value, i) => value * scales[channelOf(i)]!) });
}
