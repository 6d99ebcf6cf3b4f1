import { CompileError, type NumberData } from '@kiln/ir';
import { requantizationOf, type Requantization, requantize } from '../../arithmetic/requantization.js';
import { floatActivation, integerLimits } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { byRow, scaleOf, zeroPointOf } from '../weighted.js';
import { svdfSizes } from './svdf-sizes.js';

/** How the projection of x becomes a value of the state, and a sum of those the output. */
export function svdfScales(site: Site<'svdf'>): { readonly first: Requantization; readonly second: Requantization } {
  const { fround } = Math;
  const [x, feature, time, , state] = site.inputs.map((tensor) => tensor.quantization?.scale[0] ?? 1);
  const where = `node '${site.node.name}'`;
  const ratio = (a: number, b: number, c: number): Requantization =>
    requantizationOf(fround(fround(a * b) / fround(c)), where);
  return { first: ratio(x!, feature!, state!), second: ratio(state!, time!, scaleOf(site.outputs[0]!)) };
}

/** What sets the two forms apart: all arithmetic of one element. */
interface Arithmetic {
  readonly multiplyAdd: (sum: number, a: number, b: number) => number;
  readonly toState: (sum: number) => number;
  readonly add: (a: number, b: number) => number;
  readonly toOutput: (sum: number) => number;
  readonly zeroX: number;
  readonly zeroState: number;
}

function floatArithmetic({ node }: Site<'svdf'>): Arithmetic {
  const { fround } = Math;
  return {
    multiplyAdd: (sum, a, b) => fround(sum + fround(a * b)),
    toState: (sum) => sum,
    add: (a, b) => fround(a + b),
    toOutput: floatActivation(node.attributes.activation),
    zeroX: 0,
    zeroState: 0,
  };
}

/** Sums are modulo 2^32: those over time may leave an int32. */
function integerArithmetic(site: Site<'svdf'>): Arithmetic {
  const { first, second } = svdfScales(site);
  const [state, y] = [site.inputs[4]!, site.outputs[0]!];
  const clamp = (value: number, { low, high }: { low: number; high: number }): number =>
    Math.max(low, Math.min(high, value));
  return {
    multiplyAdd: (sum, a, b) => (sum + a * b) | 0,
    toState: (sum) => clamp(zeroPointOf(state) + requantize(sum, first), integerLimits(state.dtype)),
    add: (a, b) => (a + b) | 0,
    toOutput: (sum) => clamp(zeroPointOf(y) + requantize(sum, second), integerLimits(y.dtype)),
    zeroX: zeroPointOf(site.inputs[0]!),
    zeroState: zeroPointOf(state),
  };
}

/**
 *   state[n][f] = its last values moved up by one, and behind them sum over i of x[n][i] * weightsFeature[f][i]
 *   y[n][u] = bias[u] + for each filter f of unit u in order: sum over t of weightsTime[f][t] * state[n][f][t]
 */
export function svdfReference(site: Site<'svdf'>): Evaluate {
  const { batches, features, filters, memory, rank, units } = svdfSizes(site);
  const { multiplyAdd, toState, add, toOutput, zeroX, zeroState } =
    site.inputs[0]!.dtype === 'float32' ? floatArithmetic(site) : integerArithmetic(site);
  const [feature, time, bias] = [1, 2, 3].map((i) => site.inputs[i]!.data as NumberData) as NumberData[];
  return ([x, , , , state], [y, next]) => {
    next!.set(state!);
    for (let row = 0; row < batches * filters; row++) {
      const [batch, filter] = [Math.floor(row / filters), row % filters];
      next!.copyWithin(row * memory, row * memory + 1, (row + 1) * memory);
      let sum = 0;
      for (let i = 0; i < features; i++)
        sum = multiplyAdd(sum, x![batch * features + i]! - zeroX, feature![filter * features + i]!);
      next![row * memory + memory - 1] = toState(sum);
    }
    for (let unit = 0; unit < batches * units; unit++) {
      let sum = bias![unit % units]!;
      for (let r = 0; r < rank; r++) {
        const filter = (unit % units) * rank + r;
        const row = (Math.floor(unit / units) * filters + filter) * memory;
        let part = 0;
        for (let t = 0; t < memory; t++)
          part = multiplyAdd(part, next![row + t]! - zeroState, time![filter * memory + t]!);
        sum = add(sum, part);
      }
      y![unit] = toOutput(sum);
    }
  };
}

/** Proves that no projection of x can leave an int32, whatever x. Throws `CompileError` otherwise. */
export function proveProjections({ node, inputs }: Site<'svdf'>): void {
  const [x, feature] = [inputs[0]!, inputs[1]!];
  const { low, high } = integerLimits(x.dtype);
  const farthest = Math.max(high - zeroPointOf(x), zeroPointOf(x) - low);
  const rowOf = byRow(feature);
  const most = new Float64Array(feature.shape[0]!);
  (feature.data as Int8Array).forEach((weight, i) => (most[rowOf(i)]! += Math.abs(weight) * farthest));
  const filter = most.findIndex((value) => value >= 2 ** 31);
  if (filter < 0) return;
  const message = `the projection of filter ${filter} can reach ${most[filter]}, expected less than 2^31`;
  throw new CompileError('E-ACCUMULATOR', `node '${node.name}'`, message, 'Make the layer smaller');
}
