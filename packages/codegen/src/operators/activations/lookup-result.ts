import type { OpName } from '@kiln/ir';
import { roundHalfAway } from '../../arithmetic/requantization.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';

/**
 * The int8 result of a float function for each int8 input, in float32 operations.
 *
 * Source: TensorFlow Lite Micro, `PopulateLookupTable` (elu.cc); TensorFlow Lite, `LUTPopulateInt8`.
 */
export function resultOfFloat(
  { inputs: [x], outputs: [y] }: Site<OpName>,
  transform: (value: number) => number,
): (value: number) => number {
  const { fround } = Math;
  const [zeroX, zero] = [zeroPointOf(x!), zeroPointOf(y!)];
  const inverseScale = fround(1 / scaleOf(y!));
  return (value) => {
    const scaled = fround(transform(fround(scaleOf(x!) * (value - zeroX))) * inverseScale);
    return Math.max(-128, Math.min(127, Math.trunc(fround(roundHalfAway(scaled) + zero))));
  };
}
