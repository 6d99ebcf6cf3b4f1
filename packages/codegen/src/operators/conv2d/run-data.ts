import { cInt } from '../../emit/c-literal.js';
import type { Site } from '../site.js';
import { zeroPointOf } from '../weighted.js';
import { windowGeometry } from '../window.js';
import { filterSizes } from './filter-sizes.js';

/** Sizes as text, for templates that take each row of the window as one run of the input and go from position to position. */
export function runData(site: Site<'conv2d'>) {
  const { filters, kernel, channels } = filterSizes(site);
  const geometry = windowGeometry(site.inputs[0]!.shape, kernel, site.node.attributes);
  const { input, output, padded } = geometry;
  const positions = output[0] * output[1];
  const zeroPoint = cInt(zeroPointOf(site.inputs[0]!));
  return {
    positions: cInt(positions),
    lastPosition: cInt(positions - 1),
    filters: cInt(filters),
    channels: cInt(channels),
    padded,
    outputWidth: cInt(output[1]),
    inputHeight: cInt(input[0]),
    inputWidth: cInt(input[1]),
    kernelHeight: cInt(kernel[0]),
    /** Whether some window's row lies inside whole. */
    fits: input[1] >= kernel[1],
    lastColumn: cInt(input[1] - kernel[1]),
    run: cInt(kernel[1] * channels),
    padding: zeroPoint,
    paddingCast: `(int8_t)(${zeroPoint})`,
  };
}
