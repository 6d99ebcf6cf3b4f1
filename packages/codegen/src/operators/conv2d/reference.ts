import { requantize } from '../../arithmetic/requantization.js';
import { integerActivationRange } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { channelRequantizations, proveAccumulators, zeroPointOf } from '../weighted.js';
import { transpose } from '../transpose.js';
import { forEachWindow, windowGeometry } from '../window.js';

/** Chooses by dtype. Taps that fall outside the input are skipped: they would add zero. */
export function reference(site: Site<'conv2d'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : int8(site);
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * w        exact in an int32, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function int8({ node, inputs, outputs }: Site<'conv2d'>): Evaluate {
  const [x, weights, bias, y] = [inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!];
  const [filters, height, width, channels] = weights.shape as [number, number, number, number];
  const geometry = windowGeometry(x.shape, [height, width], node.attributes);
  const scales = channelRequantizations(x, weights, y, `node '${node.name}'`);
  proveAccumulators(x, weights, bias, `node '${node.name}'`);
  const { low, high } = integerActivationRange(node.attributes.activation, y);
  const [zeroX, zeroY] = [zeroPointOf(x), zeroPointOf(y)];
  const [filter, offsets] = [weights.data as Int8Array, bias.data as Int32Array];
  const size = height * width * channels;
  return ([input], [output]) => {
    const values = input as Int8Array;
    forEachWindow(geometry, channels, (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        let sum = offsets[o]!;
        for (let t = 0; t < count; t++) {
          const from = taps[2 * t]!;
          const tap = o * size + taps[2 * t + 1]!;
          for (let k = 0; k < channels; k++) sum = (sum + Math.imul(values[from + k]! - zeroX, filter[tap + k]!)) | 0;
        }
        const value = zeroY + requantize(sum, scales[o]!);
        output![position * filters + o] = Math.max(low, Math.min(high, value));
      }
    });
  };
}

/** sum = bias[o]; for each tap in order: sum = sum + x * w, each operation rounded to float32. */
function float32({ node, inputs }: Site<'conv2d'>): Evaluate {
  const { fround } = Math;
  const [x, weights, bias] = [inputs[0]!, inputs[1]!, inputs[2]!];
  const [filters, height, width, channels] = weights.shape as [number, number, number, number];
  const geometry = windowGeometry(x.shape, [height, width], node.attributes);
  const relu = node.attributes.activation === 'relu';
  const size = height * width * channels;
  // Tap-major weights let the innermost loop run over output channels, whose sums do not wait for each other.
  const filter = transpose(weights.data as Float32Array, filters, size);
  const sums = new Float32Array(filters);
  return ([input], [output]) => {
    const values = input as Float32Array;
    forEachWindow(geometry, channels, (position, taps, count) => {
      sums.set(bias.data as Float32Array);
      for (let t = 0; t < count; t++) {
        for (let k = 0; k < channels; k++) {
          const value = values[taps[2 * t]! + k]!;
          const row = (taps[2 * t + 1]! + k) * filters;
          for (let o = 0; o < filters; o++) sums[o] = fround(sums[o]! + fround(value * filter[row + o]!));
        }
      }
      for (let o = 0; o < filters; o++) output![position * filters + o] = relu && !(sums[o]! > 0) ? 0 : sums[o]!;
    });
  };
}
