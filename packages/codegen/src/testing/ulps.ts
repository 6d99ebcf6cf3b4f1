/** How far a float32 lies from the exact value, in units of the last place of a float32 of the exact value's size. */
export function ulps(exact: number, found: number): number {
  if (found !== Math.fround(found)) return Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(found - exact) / 2 ** (exponent - 23);
}

/** The float32 of `count` bit patterns, evenly spread from one to another, both taken. */
export function floatsByBits(first: number, last: number, count: number): Float32Array {
  const step = (last - first) / (count - 1);
  const patterns = Uint32Array.from({ length: count }, (_, i) => Math.round(first + i * step));
  return new Float32Array(patterns.buffer);
}

/** The greatest of those distances on 200 001 points, evenly spaced from `low` to `high`. */
export function worstUlps(
  found: (x: number) => number,
  exact: (x: number) => number,
  low: number,
  high: number,
): number {
  let worst = 0;
  for (let i = 0; i <= 200_000; i++) {
    const x = Math.fround(low + ((high - low) * i) / 200_000);
    if (x !== 0) worst = Math.max(worst, ulps(exact(x), found(x)));
  }
  return worst;
}
