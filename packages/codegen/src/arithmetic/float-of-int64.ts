/** The float32 nearest to a 64-bit integer, ties to even: by a double, in which a last bit stands for all that are cut off. */
export function floatOfInt64(value: bigint): number {
  const size = value < 0n ? -value : value;
  if (size < 2n ** 53n) return Math.fround(Number(value));
  const cut = (size >> 11n) | ((size & 2047n) === 0n ? 0n : 1n);
  return Math.fround(Number(value < 0n ? -cut : cut)) * 2048;
}
