import { type Requantization, roundingDivideByPowerOfTwo, saturatingDoublingHighMultiply } from './requantization.js';

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** sqrt(2) / 2 in Q0.31. */
const HALF_ROOT = 1518500250;
/** 1 and 3 / 2 in Q3.28. */
const ONE = 2 ** 28;
const THREE_HALVES = ONE + ONE / 2;

/**
 * 1 / sqrt(x) for an int32 x >= 1 as multiplier * 2^(shift - 31), shift <= 0: five Newton-Raphson steps from 1 in Q3.28.
 *
 * Source: TensorFlow Lite, `GetInvSqrtQuantizedMultiplierExp`.
 */
export function inverseSquareRoot(x: number): Requantization {
  if (x === 1) return { multiplier: INT32_MAX, shift: 0 };
  let right = 11;
  let input = x;
  while (input >= 2 ** 29) {
    input = Math.floor(input / 4);
    right += 1;
  }
  while (input < 2 ** 27) {
    input *= 4;
    right -= 1;
  }
  const half = roundingDivideByPowerOfTwo(input >> 1, 1);
  let root = ONE;
  for (let step = 0; step < 5; step++) {
    const cube = shiftLeft(multiply(multiply(root, root), root), 6);
    root = shiftLeft(multiply(THREE_HALVES, root) - multiply(half, cube), 3);
  }
  const multiplier = multiply(root, HALF_ROOT);
  return right < 0 ? { multiplier: multiplier * 2 ** -right, shift: 0 } : { multiplier, shift: -right };
}

const multiply = saturatingDoublingHighMultiply;

function shiftLeft(x: number, bits: number): number {
  return Math.max(INT32_MIN, Math.min(INT32_MAX, x * 2 ** bits));
}
