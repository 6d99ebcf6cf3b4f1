import { floatBits } from './float-bits.js';
import { floatOfInt64 } from './float-of-int64.js';

const { fround } = Math;

/** The constants of `floatSine`. Source of the polynomials: Cephes, single precision, sinf.c (Moshier). */
export const FLOAT_SINE = {
  greatest: 2 ** 128 - 2 ** 104,
  eighthTurn: fround(Math.PI / 4),
  sine: [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(fround),
  cosine: [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(fround),
  /** 2 / pi in binary, behind a word of zeros. Source: Payne and Hanek 1983, the digits of fdlibm's e_rem_pio2.c. */
  twoOverPi: [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab],
  /** pi / 2 in units of 2^-31. */
  quarterTurn: 0xc90fdaa2,
} as const;

/**
 * sin(x + quarters * pi / 2) in float32 and integer operations in this order: the same bits on every machine. Worst error
 * against the true value: below 1.6 units in the last place for every finite x, however great; `float-sine.test.ts`
 * measures it. Of infinities the sine is not a number.
 *
 * x = k pi / 2 + r with |r| <= pi / 4; then Cephes's polynomials for sine and cosine of r.
 */
export function floatSine(x: number, quarters: number): number {
  const { greatest, eighthTurn, sine, cosine } = FLOAT_SINE;
  const size = Math.abs(x);
  if (!(size <= greatest)) return NaN;
  let [r, quadrant] = [x, quarters];
  if (size > eighthTurn) {
    const reduced = reduceQuarterTurns(size);
    r = x < 0 ? -reduced.r : reduced.r;
    quadrant += x < 0 ? -reduced.quadrant : reduced.quadrant;
  }
  const square = fround(r * r);
  const series = (polynomial: readonly number[]): number =>
    polynomial.reduce((sum, coefficient) => fround(fround(sum * square) + coefficient));
  let result = r;
  if ((quadrant & 1) !== 0) {
    const curve = fround(fround(series(cosine) * square) * square);
    result = fround(fround(curve - fround(0.5 * square)) + 1);
  } else if (square > 0) {
    result = fround(fround(fround(series(sine) * square) * r) + r);
  }
  return (quadrant & 2) !== 0 ? -result : result;
}

/**
 * r and k modulo 4 of x = k pi / 2 + r, |r| <= pi / 4, for x > pi / 4. Of 2 / pi 96 bits are multiplied, from the first whose
 * product with x is no multiple of 4 on: the quotient is right to 2^-62, and no float32 comes closer to a k than 2^-30.
 */
function reduceQuarterTurns(x: number): { readonly r: number; readonly quadrant: number } {
  const { twoOverPi, quarterTurn } = FLOAT_SINE;
  const bits = floatBits(x);
  const first = (bits >>> 23) - 120;
  const word = (i: number): bigint => {
    const pair = (BigInt(twoOverPi[i]!) << 32n) | BigInt(twoOverPi[i + 1]!);
    return (pair >> BigInt(32 - (first & 31))) & 0xffffffffn;
  };
  const significand = BigInt((bits & 0x7fffff) | 0x800000);
  const at = first >> 5;
  const low = significand * word(at + 1) + ((significand * word(at + 2)) >> 32n);
  const turns = BigInt.asUintN(64, ((significand * word(at)) << 32n) + low);
  const quadrant = BigInt.asUintN(64, turns + (1n << 61n)) >> 62n;
  const fraction = BigInt.asIntN(64, turns - (quadrant << 62n));
  const size = fraction < 0n ? -fraction : fraction;
  const product = (size >> 32n) * BigInt(quarterTurn) + (((size & 0xffffffffn) * BigInt(quarterTurn)) >> 32n);
  const r = floatOfInt64(product) * 2 ** -61;
  return { r: fraction < 0n ? -r : r, quadrant: Number(quadrant) };
}
