/**
 * base^exponent of int32, modulo 2^32. A negative exponent gives the real power cut off: 0 unless the base is 1 or -1.
 *
 * The judge refuses negative exponents, and what it gives beyond int32 C leaves undefined.
 */
export function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return Math.abs(base) === 1 ? (exponent % 2 === 0 ? 1 : base) : 0;
  let [result, factor] = [1, base];
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) !== 0) result = Math.imul(result, factor);
    factor = Math.imul(factor, factor);
  }
  return result;
}
