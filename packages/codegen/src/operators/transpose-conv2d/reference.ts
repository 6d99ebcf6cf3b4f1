import { floatActivation } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { outputStage, proveAccumulators, weightedOf, zeroPointOf } from '../weighted.js';
import { forEachTransposedWindow, transposedWindow } from './transposed-window.js';

/** Chooses by dtype. */
export function reference(site: Site<'transposeConv2d'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : integer(site);
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * w        exact in an int32, or an int64 for int16 activations, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function integer(site: Site<'transposeConv2d'>): Evaluate {
  const weighted = weightedOf(site);
  const where = `node '${site.node.name}'`;
  const [filters, height, width, channels] = weighted.weights.shape as [number, number, number, number];
  const size = height * width * channels;
  proveAccumulators(weighted, where);
  const { biasOf, finish } = outputStage(weighted, site.node.attributes.activation, where);
  const zeroX = zeroPointOf(weighted.x);
  const filter = weighted.weights.data as Int8Array;
  return ([input], [output]) => {
    const values = input as Int8Array;
    forEachTransposedWindow(transposedWindow(site), (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        let sum = biasOf(o);
        for (let t = 0; t < count; t++) {
          const [from, tap] = [taps[2 * t]! * channels, o * size + taps[2 * t + 1]! * channels];
          for (let k = 0; k < channels; k++) sum += (values[from + k]! - zeroX) * filter[tap + k]!;
        }
        output![position * filters + o] = finish(sum, o);
      }
    });
  };
}

/** sum = bias[o]; for each tap in order: sum = sum + x * w, each operation rounded to float32. */
function float32(site: Site<'transposeConv2d'>): Evaluate {
  const { fround } = Math;
  const [weights, bias] = [site.inputs[1]!, site.inputs[2]!.data as Float32Array];
  const [filters, height, width, channels] = weights.shape as [number, number, number, number];
  const size = height * width * channels;
  const filter = weights.data as Float32Array;
  const activate = floatActivation(site.node.attributes.activation);
  return ([input], [output]) => {
    const values = input as Float32Array;
    forEachTransposedWindow(transposedWindow(site), (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        let sum = bias[o]!;
        for (let t = 0; t < count; t++) {
          const [from, tap] = [taps[2 * t]! * channels, o * size + taps[2 * t + 1]! * channels];
          for (let k = 0; k < channels; k++) sum = fround(sum + fround(values[from + k]! * filter[tap + k]!));
        }
        output![position * filters + o] = activate(sum);
      }
    });
  };
}
