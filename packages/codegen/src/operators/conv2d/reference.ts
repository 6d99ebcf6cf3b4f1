import type { Evaluate } from '../operator.js';
import { floatActivation } from '../activation.js';
import type { Site } from '../site.js';
import { outputStage, proveAccumulators, weightedOf, zeroPointOf } from '../weighted.js';
import { transpose } from '../transpose.js';
import { forEachWindow, windowGeometry } from '../window.js';
import { filterSizes } from './filter-sizes.js';

/** Chooses by dtype. Taps that fall outside the input are skipped: they would add zero. */
export function reference(site: Site<'conv2d'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : integer(site);
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * w        exact in an int32, or an int64 for int16 activations, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function integer(site: Site<'conv2d'>): Evaluate {
  const weighted = weightedOf(site);
  const { x, weights } = weighted;
  const where = `node '${site.node.name}'`;
  const { filters, kernel, channels, depth, filtersPerGroup } = filterSizes(site);
  const geometry = windowGeometry(x.shape, kernel, site.node.attributes);
  proveAccumulators(weighted, where);
  const { biasOf, finish } = outputStage(weighted, site.node.attributes.activation, where);
  const zeroX = zeroPointOf(x);
  const filter = weights.data as Int8Array;
  const size = kernel[0] * kernel[1] * depth;
  return ([input], [output]) => {
    const values = input as Int8Array;
    forEachWindow(geometry, 1, (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        const group = Math.floor(o / filtersPerGroup) * depth;
        let sum = biasOf(o);
        for (let t = 0; t < count; t++) {
          const from = taps[2 * t]! * channels + group;
          const tap = o * size + taps[2 * t + 1]! * depth;
          for (let k = 0; k < depth; k++) sum += (values[from + k]! - zeroX) * filter[tap + k]!;
        }
        output![position * filters + o] = finish(sum, o);
      }
    });
  };
}

/** sum = bias[o]; for each tap in order: sum = sum + x * w, each operation rounded to float32. */
function float32(site: Site<'conv2d'>): Evaluate {
  const { fround } = Math;
  const [x, weights, bias] = [site.inputs[0]!, site.inputs[1]!, site.inputs[2]!];
  const { filters, kernel, channels, depth, filtersPerGroup } = filterSizes(site);
  const geometry = windowGeometry(x.shape, kernel, site.node.attributes);
  const activate = floatActivation(site.node.attributes.activation);
  // Tap-major weights let the innermost loop run over output channels, whose sums do not wait for each other.
  const filter = transpose(weights.data as Float32Array, filters, kernel[0] * kernel[1] * depth);
  const groups = Int32Array.from({ length: filters }, (_, o) => Math.floor(o / filtersPerGroup) * depth);
  const sums = new Float32Array(filters);
  return ([input], [output]) => {
    const values = input as Float32Array;
    forEachWindow(geometry, 1, (position, taps, count) => {
      sums.set(bias.data as Float32Array);
      for (let t = 0; t < count; t++) {
        for (let k = 0; k < depth; k++) {
          const from = taps[2 * t]! * channels + k;
          const row = (taps[2 * t + 1]! * depth + k) * filters;
          for (let o = 0; o < filters; o++) {
            sums[o] = fround(sums[o]! + fround(values[from + groups[o]!]! * filter[row + o]!));
          }
        }
      }
      for (let o = 0; o < filters; o++) output![position * filters + o] = activate(sums[o]!);
    });
  };
}
