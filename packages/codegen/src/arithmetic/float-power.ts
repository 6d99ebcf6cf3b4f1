import { floatBits, powerOfTwo } from './float-bits.js';
import { FLOAT_LOG } from './float-log.js';

const { fround } = Math;

/** The constants of `floatPower` in fixed point: Qn has n fractional bits. */
export const FLOAT_POWER = {
  /** 1/13, 1/11, ..., 1/3 in Q32: the series of the inverse hyperbolic tangent. */
  reciprocals: [13, 11, 9, 7, 5, 3].map((odd) => Math.round(2 ** 32 / odd)),
  /** 2 / ln 2 in Q38. */
  twoOverLn2: 793129986396n,
  /** ln 2 in Q32. */
  ln2: 2977044472n,
  /** 1/8!, 1/7!, ..., 1/0! in Q31: the series of the exponential. */
  factorials: [40320, 5040, 720, 120, 24, 6, 2, 1, 1].map((factorial) => Math.round(2 ** 31 / factorial)),
  /** What the exponent is taken for where it leads out of float32. */
  beyond: 160n << 32n,
} as const;

/**
 * a^b in integer operations and one rounding at the end: the same bits on every machine. Worst error against the true value:
 * below 0.6 units in the last place, but for subnormal results; `float-power.test.ts` measures it. Zeros, infinities and
 * what is not a number as C99's `pow` (annex F.9.4.4).
 */
export function floatPower(a: number, b: number): number {
  if (b === 0 || a === 1) return 1;
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  const size = Math.abs(a);
  const isWhole = Math.floor(b) === b;
  if (a < 0 && !isWhole && size <= FLOAT_LOG.greatest) return NaN;
  const isOdd = isWhole && Math.floor(fround(b * 0.5)) !== fround(b * 0.5);
  const power = positivePower(size, b);
  return isOdd && floatBits(a) >= 2 ** 31 ? -power : power;
}

/** a^b for a >= 0; a and b may be infinite. */
function positivePower(a: number, b: number): number {
  const { greatest } = FLOAT_LOG;
  if (a === 1) return 1;
  if (a === 0 || a > greatest || Math.abs(b) > greatest) return a > 1 === b > 0 ? Infinity : 0;
  const exponent = exponentOf(a, b);
  const whole = (exponent + (1n << 31n)) >> 32n;
  const argument = ((exponent - (whole << 32n)) * FLOAT_POWER.ln2) >> 32n;
  let sum = 0n;
  for (const coefficient of FLOAT_POWER.factorials) sum = ((sum * argument) >> 32n) + BigInt(coefficient);
  const half = Math.trunc(Number(whole) / 2);
  const result = fround(Number(sum)) * 2 ** -31;
  return fround(fround(result * powerOfTwo(half)) * powerOfTwo(Number(whole) - half));
}

/** b log2 a in Q32; at most 160 either way. */
function exponentOf(a: number, b: number): bigint {
  const { mantissa, bits, isNegative } = binaryLogarithm(a);
  const pattern = floatBits(Math.abs(b));
  const biased = Math.max(pattern >>> 23, 1);
  const significand = BigInt(pattern >>> 23 === 0 ? pattern : (pattern & 0x7fffff) | 0x800000);
  const right = bits + 150 - biased - 32;
  const size = right < 16 ? FLOAT_POWER.beyond : right > 63 ? 0n : (mantissa * significand) >> BigInt(right);
  const bounded = size < FLOAT_POWER.beyond ? size : FLOAT_POWER.beyond;
  return isNegative === b < 0 ? bounded : -bounded;
}

/**
 * The magnitude of log2 a as mantissa * 2^-bits with a mantissa below 2^39, and its sign. Right to 2^-36 of itself, as near
 * to a = 1 as one likes.
 *
 * a = 2^n m with sqrt(1/2) <= m < sqrt(2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series.
 */
function binaryLogarithm(a: number): { mantissa: bigint; bits: number; isNegative: boolean } {
  const isSubnormal = a < FLOAT_LOG.leastNormal;
  const offset = (floatBits(isSubnormal ? a * 2 ** 23 : a) - FLOAT_LOG.rootBits) | 0;
  const n = (offset >> 23) - (isSubnormal ? 23 : 0);
  const pattern = (offset & 0x7fffff) + FLOAT_LOG.rootBits;
  const m = ((pattern & 0x7fffff) | 0x800000) * (pattern >= 0x3f800000 ? 2 : 1);
  const { scaled, bits } = hyperbolic(m);
  const isBelow = m < 2 ** 24;
  let mantissa = scaled;
  let fraction = bits;
  let isNegative = isBelow;
  if (n !== 0) {
    const part = scaled >> BigInt(bits - 54);
    const sum = (BigInt(n) << 54n) + (isBelow ? -part : part);
    isNegative = sum < 0n;
    mantissa = isNegative ? -sum : sum;
    fraction = 54;
  }
  for (; mantissa >= 1n << 39n; mantissa >>= 1n) fraction -= 1;
  return { mantissa, bits: fraction, isNegative };
}

/** |log2 (m * 2^-24)| as scaled * 2^-bits, bits >= 62. */
function hyperbolic(m: number): { scaled: bigint; bits: number } {
  let numerator = BigInt(Math.abs(m - 2 ** 24));
  if (numerator === 0n) return { scaled: 0n, bits: 62 };
  let bits = 0;
  for (; numerator < 1n << 62n; numerator <<= 1n) bits += 1;
  const s = numerator / BigInt(m + 2 ** 24);
  const s34 = s >> BigInt(bits - 34);
  const square = (s34 * s34) >> 32n;
  let series = 0n;
  for (const coefficient of FLOAT_POWER.reciprocals) series = ((series * square) >> 36n) + BigInt(coefficient);
  const rest = (series * square) >> 32n;
  const sum = s + (((s >> 6n) * rest) >> 30n);
  const scaled = (sum >> 16n) * FLOAT_POWER.twoOverLn2 + (((sum & 0xffffn) * FLOAT_POWER.twoOverLn2) >> 16n);
  return { scaled, bits: bits + 22 };
}
