import {
  CompileError,
  elementCount,
  type KilnError,
  perTensor,
  type QuantizationParams,
  UnsupportedError,
} from '@kiln/ir';
import { densify } from './densify.js';
import type { FileTensor } from './file-model.js';
import { TENSOR_TYPES } from './schema/enums.js';
import type { Table } from './schema/read-table.js';
import { decodeData, DTYPE_OF, fileBytes, WIDENED } from './tensor-data.js';

/** All activations of a model together may take this much: no microcontroller has as much. */
export const MOST_ACTIVATION_BYTES = 2 ** 27;
/** The inputs together: they also stand in the generated self-test. */
export const MOST_INPUT_BYTES = 2 ** 24;
const MOST_DIMENSIONS = 8;

const REMEDY = 'Convert the model again';

/** What a tensor is checked against. */
export interface TensorSurroundings {
  readonly model: Table<'Model'>;
  /** Tensors that operators of the same subgraph write. */
  readonly written: ReadonlySet<number>;
  /** The file, and the subgraph where there are several. */
  readonly where: string;
}

/** Shape, type, scales and values of one tensor. What is wrong goes to `problems`. */
export function checkTensor(
  { model, written, where }: TensorSurroundings,
  tensor: Table<'Tensor'>,
  index: number,
  problems: KilnError[],
): FileTensor {
  const what = `${where}, tensor ${index} '${tensor.name}'`;
  const complain = (code: `E-${string}`, message: string): void => {
    problems.push(new CompileError(code, what, message, REMEDY));
  };
  const shape = checkShape(tensor, complain);
  const type = TENSOR_TYPES[tensor.type] ?? `type ${tensor.type}`;
  const dtype = DTYPE_OF[type] ?? null;
  const openShape = tensor.shapeSignature.includes(-1) ? tensor.shapeSignature : null;
  const base = { index, name: tensor.name, shape, openShape, type, dtype, isVariable: tensor.isVariable };
  const quantization = dtype === null || dtype === 'float32' ? null : checkQuantization(tensor, type, shape, complain);
  const buffer = model.buffers[tensor.buffer];
  if (buffer === undefined) {
    complain('E-TFLITE-INDEX', `names buffer ${tensor.buffer}, expected one of 0 to ${model.buffers.length - 1}`);
    return { ...base, quantization, data: null };
  }
  if (tensor.externalBuffer !== 0 || buffer.offset > 1n) {
    const message = 'keeps its values outside the model, expected them inside';
    problems.push(new UnsupportedError('E-TFLITE-EXTERNAL', what, message, 'Convert to a single file below 2 GB'));
    return { ...base, quantization, data: null };
  }
  const bytes = buffer.data ?? new Uint8Array(0);
  const count = elementCount(shape);
  const isEmpty = count === 0 && !written.has(index);
  if ((bytes.length === 0 && !isEmpty) || dtype === null || tensor.isVariable)
    return { ...base, quantization, data: null };
  if (tensor.sparsity !== null) {
    const dense = densify(tensor.sparsity, shape, type, bytes, (message) => complain('E-TFLITE-SPARSE', message));
    return { ...base, quantization, data: dense };
  }
  const expected = fileBytes(type, count);
  if (bytes.length !== expected) {
    complain(
      'E-TFLITE-BYTES',
      `has ${bytes.length} bytes of values, expected ${expected} for ${type}[${shape.join(', ')}]`,
    );
    return { ...base, quantization, data: null };
  }
  return { ...base, quantization, data: decodeData(type, bytes, count) };
}

function checkShape(tensor: Table<'Tensor'>, complain: (code: `E-${string}`, message: string) => void): number[] {
  const text = `[${tensor.shape.join(', ')}]`;
  if (tensor.shape.length > MOST_DIMENSIONS) {
    complain('E-TFLITE-SHAPE', `has ${tensor.shape.length} dimensions, expected at most ${MOST_DIMENSIONS}`);
    return [0];
  }
  if (tensor.shape.some((size) => size < 0)) {
    complain('E-TFLITE-SHAPE', `has the shape ${text}, expected sizes of 0 or more`);
    return [0];
  }
  if (elementCount(tensor.shape) > MOST_ACTIVATION_BYTES) {
    complain('E-TFLITE-SHAPE', `has the shape ${text}, expected at most ${MOST_ACTIVATION_BYTES} elements`);
    return [0];
  }
  return [...tensor.shape];
}

/** Zero points of integers must be values that the type has. */
const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  INT4: [-8, 7],
  INT8: [-128, 127],
  UINT8: [0, 255],
  INT16: [-32768, 32767],
};

function checkQuantization(
  { quantization }: Table<'Tensor'>,
  type: string,
  shape: readonly number[],
  complain: (code: `E-${string}`, message: string) => void,
): QuantizationParams | null {
  if (quantization === null) return null;
  if (quantization.details !== null) {
    complain(
      'E-TFLITE-QUANTIZATION',
      `is quantized by ${quantization.details.member}, expected a scale and a zero point`,
    );
    return null;
  }
  const { scale, zeroPoint, quantizedDimension: axis } = quantization;
  if (scale.length === 0) return null;
  const badScale = scale.find((value) => !(value > 0) || !Number.isFinite(value));
  if (badScale !== undefined) complain('E-TFLITE-SCALE', `has the scale ${badScale}, expected a finite one above 0`);
  const points = zeroPoint.length === 0 ? scale.map(() => 0n) : zeroPoint;
  const [low, high] = LIMITS[type] ?? [0, 0];
  const badPoint = points.find((value) => value < low || value > high);
  if (badPoint !== undefined)
    complain('E-TFLITE-ZERO-POINT', `has the zero point ${badPoint}, expected ${low} to ${high}`);
  if (scale.length !== points.length && points.length !== 1) {
    complain('E-TFLITE-SCALE', `has ${scale.length} scales and ${points.length} zero points, expected as many of each`);
  }
  if (scale.length === 1) return perTensor(scale[0]!, Number(points[0] ?? 0n));
  if (axis < 0 || shape[axis] !== scale.length) {
    const found = `${scale.length} scales along dimension ${axis} of [${shape.join(', ')}]`;
    complain('E-TFLITE-SCALE', `has ${found}, expected ${shape[axis] ?? 'an existing dimension'}`);
    return null;
  }
  return { scale, zeroPoint: scale.map((_, i) => Number(points[points.length === 1 ? 0 : i] ?? 0n)), axis };
}

/** Whether an activation may have the type: widened ones are for constants. */
export function isActivationType({ type, dtype, data }: FileTensor): boolean {
  return dtype !== null && (data !== null || !WIDENED.has(type));
}
