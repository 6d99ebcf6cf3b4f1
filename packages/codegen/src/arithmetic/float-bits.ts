const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The 32 bits of a float32: sign, 8 of exponent plus 127, 23 of fraction. Source: IEEE 754, binary32. */
export function floatBits(value: number): number {
  float[0] = value;
  return bits[0]!;
}

/** The float32 of these 32 bits. */
export function floatOfBits(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

/** 2^exponent for -126 <= exponent <= 127. */
export function powerOfTwo(exponent: number): number {
  return floatOfBits((exponent + 127) << 23);
}
