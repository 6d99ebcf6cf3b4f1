import type { Tensor } from '@kiln/ir';
import { C_TYPE } from '../../emit/c-types.js';
import { type Clamp, clampData } from '../activation.js';
import type { Formula } from './pointwise.js';

/** An integer within the activation's range, as the result. */
export function clamped(text: string, activation: Clamp, y: Tensor): Pick<Formula, 'result' | 'supports'> {
  const { low, high, plusZeroPoint } = clampData(activation, y);
  return {
    result: `(${C_TYPE[y.dtype]})(clamp(${text}, ${low}, ${high})${plusZeroPoint})`,
    supports: ['clamp', 'requantize'],
  };
}
