import { numbers } from '@kiln/ir';
import { requantize } from '../../arithmetic/requantization.js';
import { integerLimits } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { zeroPointOf } from '../weighted.js';
import { integerScaler, MEAN_FRACTION_BITS } from './integer-scaler.js';

/** Chooses by the output's dtype. */
export function reference(site: Site<'standardize'>): Evaluate {
  return site.outputs[0]!.dtype === 'float32' ? float32(site) : integer(site);
}

/** y = clamp(zeroPoint + requantize(x * 2^16 - mean, inverse deviation / (2^16 * scale_y))) */
function integer(site: Site<'standardize'>): Evaluate {
  const { means, scales } = integerScaler(site);
  const zeroPoint = zeroPointOf(site.outputs[0]!);
  const { low, high } = integerLimits(site.outputs[0]!.dtype);
  return ([input], [output]) => {
    for (let i = 0; i < means.length; i++) {
      const value = zeroPoint + requantize(input![i]! * 2 ** MEAN_FRACTION_BITS - means[i]!, scales[i]!);
      output![i] = Math.max(low, Math.min(high, value));
    }
  };
}

function float32({ inputs }: Site<'standardize'>): Evaluate {
  const { fround } = Math;
  const [mean, inverse] = [numbers(inputs[1]!.data!), numbers(inputs[2]!.data!)];
  return ([input], [output]) => {
    for (let i = 0; i < mean.length; i++) output![i] = fround(fround(input![i]! - mean[i]!) * inverse[i]!);
  };
}
