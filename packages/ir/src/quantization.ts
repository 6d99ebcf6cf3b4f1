/**
 * How integers stand for reals: real = scale[c] * (q - zeroPoint[c]).
 *
 * `axis` is null for one scale per tensor (both lists have one entry), otherwise the dimension along which c counts.
 * Source: Jacob et al. 2018, section 2.1; TensorFlow Lite 8-bit quantization specification.
 */
export interface QuantizationParams {
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  readonly axis: number | null;
}

/** One scale and zero point for a whole tensor. */
export function perTensor(scale: number, zeroPoint: number): QuantizationParams {
  return { scale: [scale], zeroPoint: [zeroPoint], axis: null };
}

/** One scale per index of `axis`, zero points 0 (as weights and biases have them). */
export function perAxis(scale: readonly number[], axis: number): QuantizationParams {
  return { scale, zeroPoint: scale.map(() => 0), axis };
}

export function equalQuantization(a: QuantizationParams | null, b: QuantizationParams | null): boolean {
  if (a === null || b === null) return a === b;
  const equalLists = (p: readonly number[], q: readonly number[]): boolean =>
    p.length === q.length && p.every((value, i) => value === q[i]);
  return a.axis === b.axis && equalLists(a.scale, b.scale) && equalLists(a.zeroPoint, b.zeroPoint);
}
