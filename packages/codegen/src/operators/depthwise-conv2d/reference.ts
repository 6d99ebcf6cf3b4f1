import { floatActivation } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { byLastDimension, outputStage, proveAccumulators, weightedOf, zeroPointOf } from '../weighted.js';
import { forEachWindow, windowGeometry } from '../window.js';

/** Chooses by dtype. Taps that fall outside the input are skipped: they would add zero. */
export function reference(site: Site<'depthwiseConv2d'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : integer(site);
}

function sizesOf({ node, inputs }: Site<'depthwiseConv2d'>) {
  const [, height, width, filters] = inputs[1]!.shape as [number, number, number, number];
  const channels = inputs[0]!.shape[3]!;
  const geometry = windowGeometry(inputs[0]!.shape, [height, width], node.attributes);
  return { filters, channels, multiplier: filters / channels, geometry };
}

/**
 *   sum = bias[o] + sum (x - zeroPoint_x) * w        exact in an int32, or an int64 for int16 activations, which is proven
 *   y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y))
 */
function integer(site: Site<'depthwiseConv2d'>): Evaluate {
  const weighted = weightedOf(site);
  const where = `node '${site.node.name}'`;
  const { filters, channels, multiplier, geometry } = sizesOf(site);
  proveAccumulators(weighted, where, byLastDimension(weighted.weights));
  const { biasOf, finish } = outputStage(weighted, site.node.attributes.activation, where);
  const zeroX = zeroPointOf(weighted.x);
  const filter = weighted.weights.data as Int8Array;
  return ([input], [output]) => {
    const values = input as Int8Array;
    forEachWindow(geometry, 1, (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        const channel = Math.floor(o / multiplier);
        let sum = biasOf(o);
        for (let t = 0; t < count; t++) {
          sum += (values[taps[2 * t]! * channels + channel]! - zeroX) * filter[taps[2 * t + 1]! * filters + o]!;
        }
        output![position * filters + o] = finish(sum, o);
      }
    });
  };
}

/** sum = bias[o]; for each tap in order: sum = sum + x * w, each operation rounded to float32. */
function float32(site: Site<'depthwiseConv2d'>): Evaluate {
  const { fround } = Math;
  const { filters, channels, multiplier, geometry } = sizesOf(site);
  const [filter, bias] = [site.inputs[1]!.data as Float32Array, site.inputs[2]!.data as Float32Array];
  const activate = floatActivation(site.node.attributes.activation);
  return ([input], [output]) => {
    const values = input as Float32Array;
    forEachWindow(geometry, 1, (position, taps, count) => {
      for (let o = 0; o < filters; o++) {
        const channel = Math.floor(o / multiplier);
        let sum = bias[o]!;
        for (let t = 0; t < count; t++) {
          const value = values[taps[2 * t]! * channels + channel]!;
          sum = fround(sum + fround(value * filter[taps[2 * t + 1]! * filters + o]!));
        }
        output![position * filters + o] = activate(sum);
      }
    });
  };
}
