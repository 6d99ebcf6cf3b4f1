const { fround } = Math;

/** What is left of a when b is taken away as often as it goes, with the sign of a: exact. b = 0 gives no number. */
function floatRemainder(a: number, b: number): number {
  return fround(a % b);
}

/** The greatest whole number not above a / b, or its nearest float32: within 1 unit in the last place of the true one. */
export function floatFloorDivide(a: number, b: number): number {
  const remainder = floatRemainder(a, b);
  if (Number.isNaN(remainder)) return fround(a / b);
  const whole = fround(fround(a - remainder) / b);
  const below = remainder !== 0 && remainder < 0 !== b < 0 ? fround(whole - 1) : whole;
  return Math.abs(below) < 2 ** 22 ? Math.trunc(fround(below + (below < 0 ? -0.5 : 0.5))) + 0 : below;
}

/** The remainder with the sign of b. */
export function floatFloorRemainder(a: number, b: number): number {
  const remainder = floatRemainder(a, b);
  return remainder !== 0 && remainder < 0 !== b < 0 ? fround(remainder + b) : remainder;
}
