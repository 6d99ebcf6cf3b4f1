/**
 * A function of two int8 as one linear form: clamp((offset + left(a) + right(b)) >> shift, low, high).
 *
 * The sum of two quantized tensors rounds four times. For given scales it is a function of 65,536 pairs, and mostly one of a
 * few forms near the real factors gives the same result for every pair: they are all tried on all pairs, so what is found
 * is proven.
 */
export interface LinearSum {
  readonly a: number;
  readonly b: number;
  readonly offset: number;
  readonly shift: number;
}

/** Results for all pairs, at (a + 128) * 256 + (b + 128), and the limits that they were clamped to. */
export interface PairFunction {
  readonly results: Int16Array;
  readonly low: number;
  readonly high: number;
}

/**
 * How the C multiplies: in 32 bits, `factor * x`; or, with the upper 32 bits of a product of 48, floor(factor * x / 256),
 * which leaves a factor eight bits more.
 */
export type SumForm = 'multiply' | 'multiply-high';

const FRACTION = { multiply: 1, 'multiply-high': 256 } as const;

/** Shifts tried, the finest first, and steps by which factors are varied. */
const SHIFTS = [23, 22, 21, 20, 19, 18, 17, 16];
const STEPS = [0, 1, -1, 2, -2, 3, -3];

/** Evaluates `result` for all pairs. */
export function pairFunction(result: (a: number, b: number) => number, low: number, high: number): PairFunction {
  const results = new Int16Array(65536);
  for (let a = -128; a < 128; a++) {
    for (let b = -128; b < 128; b++) results[(a + 128) * 256 + b + 128] = result(a, b);
  }
  return { results, low, high };
}

/**
 * A form that gives the function's result for every pair, near the real factors of a and b; null if none was found.
 * No intermediate result of the C leaves an int32.
 */
export function findLinearSum(
  wanted: PairFunction,
  factors: readonly [number, number],
  form: SumForm,
): LinearSum | null {
  for (const shift of SHIFTS) {
    const unit = 2 ** shift * FRACTION[form];
    for (const stepA of STEPS) {
      for (const stepB of STEPS) {
        const [a, b] = [Math.round(factors[0] * unit) + stepA, Math.round(factors[1] * unit) + stepB];
        if (Math.max(Math.abs(a), Math.abs(b)) >= 2 ** 31) continue;
        const offset = offsetOf(wanted, termsOf(a, form), termsOf(b, form), shift);
        if (offset !== null) return { a, b, offset, shift };
      }
    }
  }
  return null;
}

/** The products with -128 to 127. */
function termsOf(factor: number, form: SumForm): Float64Array {
  return Float64Array.from({ length: 256 }, (_, i) => Math.floor((factor * (i - 128)) / FRACTION[form]));
}

/** An offset that is right for every pair, the one in the middle; null if there is none. */
function offsetOf({ results, low, high }: PairFunction, left: Float64Array, right: Float64Array, shift: number) {
  const unit = 2 ** shift;
  const reach = farthest(left) + farthest(right);
  let [least, most] = [reach - 2 ** 31, 2 ** 31 - 1 - reach];
  for (let i = 0; i < 256; i++) {
    for (let j = 0; j < 256; j++) {
      const sum = left[i]! + right[j]!;
      const result = results[i * 256 + j]!;
      if (result > low) least = Math.max(least, result * unit - sum);
      if (result < high) most = Math.min(most, (result + 1) * unit - 1 - sum);
    }
    if (least > most) return null;
  }
  return Math.floor((least + most) / 2);
}

function farthest(terms: Float64Array): number {
  return Math.max(Math.abs(terms[0]!), Math.abs(terms[255]!));
}
