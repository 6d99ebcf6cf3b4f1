import { DTYPE_BYTES, elementCount, type TensorType } from '@kiln/ir';

/** Bytes of a tensor's values. */
export function byteCount({ shape, dtype }: Pick<TensorType, 'shape' | 'dtype'>): number {
  return elementCount(shape) * DTYPE_BYTES[dtype];
}
