/** A generator of int32, mulberry32, for tests: the same numbers for the same seed. */
export function randomInt32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) | 0;
  };
}

/** Numbers in [0, 1). */
export function randomUnit(seed: number): () => number {
  const random = randomInt32(seed);
  return () => (random() >>> 0) / 2 ** 32;
}
