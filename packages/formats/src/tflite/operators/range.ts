import { CompileError, elementCount, type TensorData } from '@kiln/ir';
import type { OperatorContext } from '../operator-context.js';

/**
 * RANGE of constants is a constant. Floats are summed up one after another, each sum rounded to float32.
 *
 * Source: TensorFlow Lite, `kernels/range.cc`.
 */
export function readRange(context: OperatorContext): void {
  const { shape } = context.result();
  const [start, limit, delta] = [scalar(context, 0), scalar(context, 1), scalar(context, 2)];
  const count = delta === 0 ? 0 : Math.max(0, Math.ceil((limit - start) / delta));
  if (count !== elementCount(shape))
    throw context.unsupported('E-TFLITE-RANGE', `gives ${count} values for [${shape.join(', ')}]`);
  const dtype = context.dtypeOf(context.result());
  context.outputIs(0, context.add('', { shape, dtype, data: values(dtype, count, start, delta) }));
}

function values(dtype: string, count: number, start: number, delta: number): TensorData {
  if (dtype === 'float32') {
    const data = new Float32Array(count).fill(start);
    for (let i = 1; i < count; i++) data[i] = data[i - 1]! + delta;
    return data;
  }
  const integers = Array.from({ length: count }, (_, i) => start + i * delta);
  return dtype === 'int64' ? BigInt64Array.from(integers, BigInt) : Int32Array.from(integers);
}

function scalar(context: OperatorContext, i: number): number {
  const data = context.constant(i);
  if (!(data instanceof Float32Array)) return context.integer(i);
  const [value] = data;
  if (value !== undefined && data.length === 1 && Number.isFinite(value)) return value;
  const message = `has ${data.length} values in '${context.tensor(i).name}', expected one that is finite`;
  throw new CompileError('E-TFLITE-FLOAT-SCALAR', context.where, message, 'Convert the model again');
}
