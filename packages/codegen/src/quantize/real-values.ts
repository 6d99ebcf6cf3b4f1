import { elementCount, numbers, type Tensor, type TensorData } from '@kiln/ir';

/** The reals that the integers of a tensor stand for; floats, and integers without a scale, are themselves. */
export function realValues({ shape, quantization }: Tensor, given: TensorData): Float32Array {
  if (quantization === null) return Float32Array.from(numbers(given));
  const data = given instanceof BigInt64Array ? Float64Array.from(given, Number) : given;
  const { scale, zeroPoint, axis } = quantization;
  if (axis === null) {
    const [only, zero] = [scale[0]!, zeroPoint[0] ?? 0];
    return Float32Array.from(data, (value) => only * (value - zero));
  }
  const inner = elementCount(shape.slice(axis + 1));
  const channelOf = (i: number): number => Math.floor(i / inner) % shape[axis]!;
  return Float32Array.from(data, (value, i) => scale[channelOf(i)]! * (value - (zeroPoint[channelOf(i)] ?? 0)));
}

/** The tensor as float32, its constant values with it. */
export function asReal(tensor: Tensor): Tensor {
  const data = tensor.data === null ? null : realValues(tensor, tensor.data);
  return { ...tensor, dtype: 'float32', quantization: null, data };
}
