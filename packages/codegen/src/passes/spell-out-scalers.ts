import {
  type Graph,
  GraphEditor,
  inputTensors,
  type NodeOf,
  type NumberData,
  outputTensors,
  type Tensor,
  UnsupportedError,
} from '@kiln/ir';
import { roundHalfAway } from '../arithmetic/requantization.js';
import { integerLimits } from '../operators/activation.js';
import { MEAN_FRACTION_BITS } from '../operators/standardize/integer-scaler.js';
import { reference } from '../operators/standardize/reference.js';
import { scaleOf, zeroPointOf } from '../operators/weighted.js';

/** Inputs of an integer scaler. */
const BYTES = 256;
const UNIT = 2 ** MEAN_FRACTION_BITS;
/** How far constants are moved, in units in the last place of float32, until every byte gives the same. */
const MOST_STEPS = 40;

/** An affine function in float32: fround(fround(x - mean) * factor). */
interface Affine {
  readonly mean: number;
  readonly factor: number;
}

/**
 * Writes scalers of integers, which file formats of others have no operator for, as what they have: cast, sub, mul in float32 and
 * quantize. The constants are chosen so that each of the 256 inputs of each element gives the same integer.
 * Requires: shapes inferred. Ensures: the same values, bit for bit.
 */
export function spellOutScalers(graph: Graph): Graph {
  const scalers = graph.nodes.filter(
    (node): node is NodeOf<'standardize'> =>
      node.op === 'standardize' && outputTensors(graph, node)[0]!.dtype !== 'float32',
  );
  if (scalers.length === 0) return graph;
  const editor = new GraphEditor(graph);
  for (const node of scalers) spellOut(editor, node, inputTensors(graph, node), outputTensors(graph, node)[0]!);
  return editor.finish();
}

function spellOut(editor: GraphEditor, node: NodeOf<'standardize'>, inputs: readonly Tensor[], y: Tensor): void {
  const [x, mean, inverse] = inputs as [Tensor, Tensor, Tensor];
  const wanted = integersOf(node, inputs, y);
  const scalers = Array.from(mean.data as Float32Array, (value, i) => {
    // Where the integers have it: with 16 bits behind the point, which float32 holds.
    const start = { mean: Math.round(value * UNIT) / UNIT, factor: (inverse.data as Float32Array)[i]! };
    return equalAffine(start, (input) => wanted[input]![i]!, y) ?? unreachable(node, i);
  });
  const add = (name: string, data: Float32Array | null) =>
    editor.addTensor({ name: `${node.name}/${name}`, shape: y.shape, dtype: 'float32', quantization: null, data });
  const constant = (name: string, of: (scaler: Affine) => number) => add(name, Float32Array.from(scalers, of));
  const [numbers, centred, scaled] = [add('numbers', null), add('centred', null), add('scaled', null)];
  const [means, factors] = [constant('mean', (s) => s.mean), constant('inverse_deviation', (s) => s.factor)];
  const place = { before: node.id };
  const activation = 'none';
  editor.addNode('cast', `${node.name}/cast`, {}, [x.id], [numbers], place);
  editor.addNode('sub', `${node.name}/sub`, { activation }, [numbers, means], [centred], place);
  editor.addNode('mul', `${node.name}/mul`, { activation }, [centred, factors], [scaled], place);
  editor.addNode('quantize', `${node.name}/quantize`, {}, [scaled], [y.id], place);
  editor.removeNode(node.id);
}

/** What the scaler makes of each byte, in each element. */
function integersOf(node: NodeOf<'standardize'>, inputs: readonly Tensor[], y: Tensor): readonly NumberData[] {
  const evaluate = reference({ node, inputs, outputs: [y] });
  const count = inputs[1]!.data!.length;
  return Array.from({ length: BYTES }, (_, value) => {
    const result = y.dtype === 'int8' ? new Int8Array(count) : new Int16Array(count);
    evaluate([new Uint8Array(count).fill(value)], [result]);
    return result;
  });
}

/** Constants that give `wanted` for every byte, the scaler's own if they do; null if none of those tried does. */
function equalAffine(start: Affine, wanted: (input: number) => number, y: Tensor): Affine | null {
  const toInteger = quantizer(y);
  const isEqual = ({ mean, factor }: Affine): boolean => {
    for (let input = 0; input < BYTES; input++) {
      const value = Math.fround(Math.fround(input - mean) * factor);
      if (toInteger(value) !== wanted(input)) return false;
    }
    return true;
  };
  if (isEqual(start)) return start;
  const middle = middleAffine(start, wanted, y);
  for (const factorSteps of outwards(MOST_STEPS)) {
    for (const meanSteps of outwards(MOST_STEPS)) {
      const moved = { mean: movedBy(middle.mean, meanSteps), factor: movedBy(middle.factor, factorSteps) };
      if (isEqual(moved)) return moved;
    }
  }
  return null;
}

/** How far the slope may lie from the scaler's: a share of it. Twice the double rounding of the integers. */
const SLOPE_RANGE = 1e-3;
const HALVINGS = 100;

/**
 * The line that keeps furthest from all limits between which it must pass: t(x) - 1/2 <= slope * x + offset <= t(x) + 1/2, where t(x) is
 * not an end of the type. How much room a slope leaves for the offset is concave in the slope, so thirds find the most.
 */
function middleAffine(start: Affine, wanted: (input: number) => number, y: Tensor): Affine {
  const scale = scaleOf(y);
  const { low, high } = integerLimits(y.dtype);
  const limits = Array.from({ length: BYTES }, (_, x) => {
    const steps = wanted(x) - zeroPointOf(y);
    return {
      x,
      least: wanted(x) === low ? -Infinity : steps - 0.5,
      most: wanted(x) === high ? Infinity : steps + 0.5,
    };
  });
  const offsets = (slope: number) => ({
    least: limits.reduce((most, { x, least }) => Math.max(most, least - slope * x), -Infinity),
    most: limits.reduce((least, { x, most }) => Math.min(least, most - slope * x), Infinity),
  });
  const room = (slope: number): number => offsets(slope).most - offsets(slope).least;
  let [from, to] = [start.factor * (1 - SLOPE_RANGE), start.factor * (1 + SLOPE_RANGE)].map((factor) => factor / scale) as [
    number,
    number,
  ];
  for (let i = 0; i < HALVINGS; i++) {
    const [left, right] = [from + (to - from) / 3, to - (to - from) / 3];
    if (room(left) < room(right)) from = left;
    else to = right;
  }
  const slope = (from + to) / 2;
  const { least, most } = offsets(slope);
  const isBounded = Number.isFinite(least) && Number.isFinite(most) && slope !== 0;
  if (!isBounded) return start;
  return { mean: Math.fround(-(least + most) / 2 / slope), factor: Math.fround(slope * scale) };
}

/** 0, 1, -1, 2, -2 and so on. */
function outwards(most: number): number[] {
  return Array.from({ length: 2 * most + 1 }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : -i / 2));
}

/** So many float32 further from zero. */
function movedBy(value: number, steps: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  return value === 0 ? value : new Float32Array(Int32Array.of(bits[0]! + steps).buffer)[0]!;
}

/** As `quantize` makes integers of floats. Source: TensorFlow Lite, `AffineQuantize`. */
function quantizer(y: Tensor): (value: number) => number {
  const [scale, zeroPoint] = [scaleOf(y), zeroPointOf(y)];
  const { low, high } = integerLimits(y.dtype);
  return (value) => Math.max(low, Math.min(high, roundHalfAway(Math.fround(value / scale)) + zeroPoint));
}

function unreachable(node: NodeOf<'standardize'>, element: number): never {
  const message = `scales its element ${element} in integers as no scaler in float32 does, expected one that agrees for every byte`;
  throw new UnsupportedError('E-SCALER', `node '${node.name}'`, message, 'Export with --quantize float32');
}
