import { floatActivation } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { outputStage, proveAccumulators, weightedOf, zeroPointOf } from '../weighted.js';

/** Chooses by dtype. The weights are read when it runs: they may be computed. */
export function reference(site: Site<'dense'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : integer(site);
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * (w - zeroPoint_w)   exact in an int32, or an int64 for int16, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function integer(site: Site<'dense'>): Evaluate {
  const weighted = weightedOf(site);
  const where = `node '${site.node.name}'`;
  const [units, features] = weighted.weights.shape as [number, number];
  proveAccumulators(weighted, where);
  const { biasOf, finish } = outputStage(weighted, site.node.attributes.activation, where);
  const [zeroX, zeroW] = [zeroPointOf(weighted.x), zeroPointOf(weighted.weights)];
  return ([input, weights], [output]) => {
    const [values, matrix] = [input as Int8Array, weights as Int8Array];
    for (let n = 0; n < output!.length; n++) {
      const o = n % units;
      const x = Math.floor(n / units) * features;
      let sum = biasOf(o);
      for (let i = 0; i < features; i++) sum += (values[x + i]! - zeroX) * (matrix[o * features + i]! - zeroW);
      output![n] = finish(sum, o);
    }
  };
}

/** sum = bias[o]; for each i in order: sum = sum + x * w, each operation rounded to float32. */
function float32({ node, inputs }: Site<'dense'>): Evaluate {
  const { fround } = Math;
  const bias = inputs[2]!.data as Float32Array;
  const [units, features] = inputs[1]!.shape as [number, number];
  const activate = floatActivation(node.attributes.activation);
  return ([input, weights], [output]) => {
    const [values, matrix] = [input as Float32Array, weights as Float32Array];
    for (let n = 0; n < output!.length; n++) {
      const o = n % units;
      const x = Math.floor(n / units) * features;
      let sum = bias[o]!;
      for (let i = 0; i < features; i++) sum = fround(sum + fround(values[x + i]! * matrix[o * features + i]!));
      output![n] = activate(sum);
    }
  };
}
