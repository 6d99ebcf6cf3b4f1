import { elementCount, type Shape } from '@kiln/ir';
import { stridesOf, wholeTensor } from '../nest.js';
import type { Site } from '../site.js';
import { type Fill, type Move, scalarOf } from './move.js';
import { movingOperator } from './moving.js';
import { paddedShape } from './padding.js';

function moves({ node, inputs, outputs }: Site<'pad'>): Move[] {
  const { before, after } = node.attributes;
  const [x, value] = inputs;
  const strides = stridesOf(outputs[0]!.shape);
  const known = scalarOf(value!);
  const fill = fillWith(known === null ? 1 : { fill: known }, outputs[0]!.shape);
  const padded = x!.shape.flatMap((_, d) => (before[d]! + after[d]! > 0 ? [d] : []));
  const inner = { offset: before.reduce((sum, count, d) => sum + count * strides[d]!, 0), strides };
  const move: Move = { to: 0, from: 0, nest: { sizes: x!.shape, operands: [inner, wholeTensor(x!.shape)] } };
  if (padded.length === 0) return [move];
  if (padded.length > 1) return [fill(0, null), move];
  const [axis] = padded as [number];
  return [
    ...(before[axis]! > 0 ? [fill(0, [axis, before[axis]!])] : []),
    move,
    ...(after[axis]! > 0 ? [fill(before[axis]! + x!.shape[axis]!, [axis, after[axis]!])] : []),
  ];
}

/** Fills the whole output, or `count` indices of one axis from `first` on. */
function fillWith(from: number | Fill, shape: Shape): (first: number, part: readonly [number, number] | null) => Move {
  const strides = stridesOf(shape);
  const repeated = { offset: 0, strides: shape.map(() => 0) };
  return (first, part) => {
    const sizes = shape.map((size, d) => (d === part?.[0] ? part[1] : size));
    const y = { offset: part === null ? 0 : first * strides[part[0]]!, strides };
    return { to: 0, from, nest: { sizes, operands: typeof from === 'number' ? [y, repeated] : [y] } };
  };
}

/** Padding along one dimension is written once; where several are padded the whole output is filled first. */
export const pad = movingOperator({
  op: 'pad',
  summary: 'x with a value around it',
  formula: 'y = x with a value around it',
  moves,
  inferShapes: (node, [x]) => [paddedShape(node, x!.shape)],
  problems: valueProblems,
  inputNames: ['x', 'value'],
});

function valueProblems({ inputs }: Site<'pad'>): string[] {
  const [, value] = inputs;
  if (elementCount(value!.shape) !== 1) return [`found a value of ${elementCount(value!.shape)} elements, expected 1`];
  const known = scalarOf(value!);
  if (typeof known === 'number' && !Number.isFinite(known)) return [`found the value ${known}, expected a finite one`];
  return [];
}
