import { requantizationOf, roundHalfAway, type Requantization } from '../../arithmetic/requantization.js';
import type { Site } from '../site.js';
import { scaleOf } from '../weighted.js';

/** Fractional bits of the mean: a uint8 minus a mean then has 9 + 16 bits, far from an int32's end. */
export const MEAN_FRACTION_BITS = 16;

/** Per element: the mean in units of 2^-16, and inverse deviation / (2^16 * scale_y) as a requantization. */
export function integerScaler({ node, inputs, outputs }: Site<'standardize'>): {
  readonly means: Int32Array;
  readonly scales: readonly Requantization[];
} {
  const [mean, inverse] = [inputs[1]!.data as Float32Array, inputs[2]!.data as Float32Array];
  const unit = 2 ** MEAN_FRACTION_BITS;
  return {
    means: Int32Array.from(mean, (value) => roundHalfAway(value * unit)),
    scales: Array.from(inverse, (value) =>
      requantizationOf(value / (unit * scaleOf(outputs[0]!)), `node '${node.name}'`),
    ),
  };
}
