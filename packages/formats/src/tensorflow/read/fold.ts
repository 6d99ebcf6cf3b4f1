import { allocate, type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import type { NodeContext } from './node-context.js';
import { type Constant, constant } from './value.js';

/** The shape that two tensors are broadcast to. Errors: CompileError if they do not fit. */
export function broadcastShape(context: NodeContext, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, i: number): number => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const [left, right] = [at(a, i), at(b, i)];
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw context.wrong('E-GRAPHDEF-BROADCAST', `joins [${a.join(', ')}] and [${b.join(', ')}], which do not fit`);
  });
}

export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

/** A constant whose elements are picked from another's: `source` tells which stands at an index. */
export function pick(
  context: NodeContext,
  x: Constant,
  shape: Shape,
  source: (index: readonly number[]) => number,
): Constant {
  context.spend(shape);
  const data = allocate(x.dtype, elementCount(shape));
  const index = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = x.data[source(index)]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d]! += 1;
      if (index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  return constant(context.name, x.dtype, shape, data);
}

/** The same constant broadcast to a shape that it fits. */
function broadcast(context: NodeContext, x: Constant, shape: Shape): Constant {
  if (x.shape.length === shape.length && x.shape.every((size, d) => size === shape[d])) return x;
  const strides = stridesOf(x.shape);
  const skipped = shape.length - x.shape.length;
  return pick(context, x, shape, (index) =>
    x.shape.reduce((flat, size, d) => (size === 1 ? flat : flat + index[d + skipped]! * strides[d]!), 0),
  );
}

/** f of each pair of elements, as `dtype`; floats are rounded to 32 bits. */
export function foldBinary(
  context: NodeContext,
  [a, b]: readonly [Constant, Constant],
  dtype: DType,
  f: (left: number, right: number) => number,
): Constant {
  const shape = broadcastShape(context, a.shape, b.shape);
  context.spend(shape);
  const [left, right] = [broadcast(context, a, shape).data, broadcast(context, b, shape).data];
  return fromNumbers(context, dtype, shape, (i) => f(Number(left[i]), Number(right[i])));
}

export function foldUnary(context: NodeContext, x: Constant, dtype: DType, f: (value: number) => number): Constant {
  context.spend(x.shape);
  return fromNumbers(context, dtype, x.shape, (i) => f(Number(x.data[i])));
}

/** A constant of computed numbers. */
export function fromNumbers(context: NodeContext, dtype: DType, shape: Shape, value: (i: number) => number): Constant {
  const data: TensorData = allocate(dtype, elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const number = value(i);
    data[i] = data instanceof BigInt64Array ? BigInt(Number.isFinite(number) ? Math.trunc(number) : 0) : number;
  }
  return constant(context.name, dtype, shape, data);
}
