import { requantize } from '../../arithmetic/requantization.js';
import { integerActivationRange } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { channelRequantizations, proveAccumulators, zeroPointOf } from '../weighted.js';
import { transpose } from '../transpose.js';

/** Chooses by dtype. */
export function reference(site: Site<'dense'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : int8(site);
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * w        exact in an int32, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function int8({ node, inputs, outputs }: Site<'dense'>): Evaluate {
  const [x, weights, bias, y] = [inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!];
  const [units, features] = weights.shape as [number, number];
  const scales = channelRequantizations(x, weights, y, `node '${node.name}'`);
  proveAccumulators(x, weights, bias, `node '${node.name}'`);
  const { low, high } = integerActivationRange(node.attributes.activation, y);
  const [zeroX, zeroY] = [zeroPointOf(x), zeroPointOf(y)];
  const [matrix, offsets] = [weights.data as Int8Array, bias.data as Int32Array];
  return ([input], [output]) => {
    const values = input as Int8Array;
    for (let o = 0; o < units; o++) {
      let sum = offsets[o]!;
      for (let i = 0; i < features; i++) sum = (sum + Math.imul(values[i]! - zeroX, matrix[o * features + i]!)) | 0;
      output![o] = Math.max(low, Math.min(high, zeroY + requantize(sum, scales[o]!)));
    }
  };
}

/** sum = bias[o]; for each i in order: sum = sum + x * w, each operation rounded to float32. */
function float32({ node, inputs }: Site<'dense'>): Evaluate {
  const { fround } = Math;
  const [weights, bias] = [inputs[1]!, inputs[2]!];
  const [units, features] = weights.shape as [number, number];
  const relu = node.attributes.activation === 'relu';
  const matrix = transpose(weights.data as Float32Array, units, features);
  const sums = new Float32Array(units);
  return ([input], [output]) => {
    sums.set(bias.data as Float32Array);
    for (let i = 0; i < features; i++) {
      const value = input![i]!;
      for (let o = 0; o < units; o++) sums[o] = fround(sums[o]! + fround(value * matrix[i * units + o]!));
    }
    for (let o = 0; o < units; o++) output![o] = relu && !(sums[o]! > 0) ? 0 : sums[o]!;
  };
}
