import { allocate, elementCount, type Shape, type TensorData } from '@kiln/ir';

/** [N, C, ...] to [N, ..., C]: which dimension of the first each of the second is. */
export function channelsLastOrder(rank: number): readonly number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** [N, ..., C] to [N, C, ...]. */
export function channelsFirstOrder(rank: number): readonly number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

export function permuted(shape: Shape, order: readonly number[]): Shape {
  return order.map((axis) => shape[axis]!);
}

/** Whether only dimensions of size 1 move, so that the elements stay in their order. */
export function keepsOrder(shape: Shape, order: readonly number[]): boolean {
  const moved = order.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/** y's dimension i is x's dimension order[i]. */
export function rearranged(data: TensorData, shape: Shape, order: readonly number[]): TensorData {
  const result = allocateLike(data, elementCount(shape));
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const position = order.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let d = order.length - 1; d >= 0; d--) {
      const axis = order[d]!;
      position[d]! += 1;
      from += strides[axis]!;
      if (position[d]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      position[d] = 0;
    }
  }
  return result;
}

function allocateLike(data: TensorData, length: number): TensorData {
  if (data instanceof Float32Array) return allocate('float32', length);
  if (data instanceof BigInt64Array) return allocate('int64', length);
  if (data instanceof Int32Array) return allocate('int32', length);
  if (data instanceof Int16Array) return allocate('int16', length);
  return data instanceof Int8Array ? allocate('int8', length) : allocate('uint8', length);
}
