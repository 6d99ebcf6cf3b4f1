import { CompileError, type NumberData, type Tensor } from '@kiln/ir';
import { requantizationOf, type Requantization, WIDE_LIMIT } from '../../arithmetic/requantization.js';
import type { SigmoidScaling } from '../../arithmetic/sigmoid-table.js';
import { integerLimits } from '../activation.js';
import type { Site } from '../site.js';
import { byRow, scaleOf, zeroPointOf } from '../weighted.js';

/** Gates in the order of the inputs: input, forget, cell, output. */
export const GATES = [0, 1, 2, 3] as const;
/** The gate whose values are a tangent instead of a sigmoid. */
export const CELL_GATE = 2;

/** The tensors of the cell. */
export interface LstmTensors {
  readonly x: Tensor;
  readonly weights: readonly Tensor[];
  readonly recurrent: readonly Tensor[];
  readonly biases: readonly Tensor[];
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

export function lstmTensors({ inputs }: Site<'unidirectionalSequenceLstm'>): LstmTensors {
  return {
    x: inputs[0]!,
    weights: inputs.slice(1, 5),
    recurrent: inputs.slice(5, 9),
    biases: inputs.slice(9, 13),
    hidden: inputs[13]!,
    cell: inputs[14]!,
  };
}

/** Steps, batches, features of x, units. */
export function lstmSizes(site: Site<'unidirectionalSequenceLstm'>) {
  const { x, recurrent } = lstmTensors(site);
  const [first, second, features] = x.shape as [number, number, number];
  const [steps, batches] = site.node.attributes.timeMajor ? [first, second] : [second, first];
  return { steps, batches, features, units: recurrent[0]!.shape[0]! };
}

/** Elements of x, or of the output with units in place of features, before step t of batch n. */
export function stepOf(
  { steps, batches }: ReturnType<typeof lstmSizes>,
  timeMajor: boolean,
): (n: number, t: number) => number {
  return (n, t) => (timeMajor ? t * batches + n : n * steps + t);
}

/** What the integer cell multiplies by. */
export interface LstmScales {
  /** Products of x with each gate's weights, to units of 2^-12; then those of the hidden state. */
  readonly gates: readonly Requantization[];
  /** A gate's value times the cell state, in the latter's unit. */
  readonly kept: Requantization;
  /** Two gates' values, to the cell state's unit. */
  readonly fresh: Requantization;
  /** The output gate's value times a tangent, to the hidden state's unit. */
  readonly shown: Requantization;
  /** Of the tangent of the cell state. */
  readonly tangent: SigmoidScaling;
  /** Bound of the cell state in its unit; null for none. */
  readonly clip: number | null;
}

/** Source: TensorFlow Lite Micro, `PrepareGateParametersInteger`, `CreateLstmCellStateInfo`. */
export function lstmScales(site: Site<'unidirectionalSequenceLstm'>): LstmScales {
  const where = `node '${site.node.name}'`;
  const { x, weights, recurrent, hidden, cell } = lstmTensors(site);
  const products = [...weights.map((w) => [x, w] as const), ...recurrent.map((w) => [hidden, w] as const)];
  const unit = 2 ** -15;
  const { cellClip } = site.node.attributes;
  const shift = 12 + cellPower(cell);
  return {
    gates: products.map(([a, b]) => requantizationOf(Math.fround(scaleOf(a) * scaleOf(b)) / 2 ** -12, where)),
    kept: requantizationOf((unit * scaleOf(cell)) / scaleOf(cell), where),
    fresh: requantizationOf((unit * unit) / scaleOf(cell), where),
    shown: requantizationOf((unit * unit) / scaleOf(hidden), where),
    tangent: shift < 0 ? { multiplier: 3, shift: -shift } : { multiplier: 3 * 2 ** shift, shift: 0 },
    clip: cellClip > 0 ? Math.trunc(Math.min(32767, cellClip / scaleOf(cell))) : null,
  };
}

/** The cell state's scale as a power of two. */
export function cellPower(cell: Tensor): number {
  return Math.round(Math.log2(scaleOf(cell)));
}

/** Proves that no sum can leave its integer, whatever x and the state. Throws `CompileError` otherwise. */
export function proveGates(site: Site<'unidirectionalSequenceLstm'>): void {
  const { x, weights, recurrent, biases, hidden } = lstmTensors(site);
  const limit = x.dtype === 'int16' ? WIDE_LIMIT : 2 ** 31;
  const reach = (operand: Tensor, matrix: Tensor, bias: Tensor | null): number => {
    const { low, high } = integerLimits(operand.dtype);
    const farthest = Math.max(high - zeroPointOf(operand), zeroPointOf(operand) - low);
    const rowOf = byRow(matrix);
    const most = new Float64Array(matrix.shape[0]!);
    (bias?.data as NumberData | undefined)?.forEach((value, o) => (most[o] = Math.abs(Number(value))));
    (matrix.data as Int8Array).forEach((weight, i) => (most[rowOf(i)]! += Math.abs(weight) * farthest));
    return Math.max(...most);
  };
  const most = Math.max(
    ...GATES.flatMap((gate) => [reach(x, weights[gate]!, biases[gate]!), reach(hidden, recurrent[gate]!, null)]),
  );
  if (most < limit) return;
  const message = `the sum of a gate can reach ${most}, expected less than ${limit}`;
  throw new CompileError('E-ACCUMULATOR', `node '${site.node.name}'`, message, 'Make the layer smaller');
}
