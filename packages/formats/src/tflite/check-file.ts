import {
  CompileError,
  elementCount,
  type KilnError,
  perTensor,
  type QuantizationParams,
  UnsupportedError,
} from '@kiln/ir';
import type { FileModel, FileOperator, FileSignature, FileSubgraph, FileTensor } from './file-model.js';
import { BUILTIN_OPERATORS, TENSOR_TYPES } from './schema/enums.js';
import type { Table } from './schema/read-table.js';
import { decodeData, DTYPE_OF, fileBytes, WIDENED } from './tensor-data.js';
import { densify } from './densify.js';

/** All activations of a model together may take this much: a gigabyte is no microcontroller's. */
const MOST_ACTIVATION_BYTES = 2 ** 28;
const MOST_DIMENSIONS = 8;

const REMEDY = 'Convert the model again';

/**
 * Holds everything that a file says against itself: indices, shapes, sizes, types, scales, the order of operators. What is
 * wrong goes to `problems`, all of it; the answer is only sound if nothing was added there.
 */
export function checkFile(model: Table<'Model'>, where: string, problems: KilnError[]): FileModel {
  const complain = (code: `E-${string}`, what: string, message: string): void => {
    problems.push(new CompileError(code, `${where}, ${what}`, message, REMEDY));
  };
  if (model.version !== 3) complain('E-TFLITE-VERSION', 'model', `has schema version ${model.version}, expected 3`);
  if (model.subgraphs.length === 0) complain('E-TFLITE-EMPTY', 'model', 'has no subgraph, expected at least one');
  const subgraphs = model.subgraphs.map((subgraph, index) => checkSubgraph(model, subgraph, index, where, problems));
  return { subgraphs, signatures: checkSignatures(model, subgraphs, complain) };
}

function checkSubgraph(
  model: Table<'Model'>,
  subgraph: Table<'SubGraph'>,
  index: number,
  where: string,
  problems: KilnError[],
): FileSubgraph {
  const prefix = model.subgraphs.length > 1 ? `${where}, subgraph ${index}` : where;
  const complain = (code: `E-${string}`, what: string, message: string): void => {
    problems.push(new CompileError(code, `${prefix}, ${what}`, message, REMEDY));
  };
  let activationBytes = 0;
  const tensors = subgraph.tensors.map((tensor, i): FileTensor => {
    const checked = checkTensor(model, tensor, i, prefix, problems);
    if (checked.data === null) activationBytes += elementCount(checked.shape) * 4;
    return checked;
  });
  if (activationBytes > MOST_ACTIVATION_BYTES) {
    complain('E-TFLITE-SIZE', 'tensors', `take ${activationBytes} bytes, expected at most ${MOST_ACTIVATION_BYTES}`);
  }
  const exists = (id: number): boolean => id >= 0 && id < tensors.length;
  for (const [what, ids] of [
    ['inputs', subgraph.inputs],
    ['outputs', subgraph.outputs],
  ] as const) {
    for (const id of ids) {
      if (!exists(id))
        complain('E-TFLITE-INDEX', what, `name tensor ${id}, expected one of 0 to ${tensors.length - 1}`);
    }
  }
  if (index === 0 && subgraph.outputs.length === 0)
    complain('E-TFLITE-OUTPUTS', 'model', 'has no output, expected one');
  const operators = subgraph.operators.map((operator, i) => checkOperator(model, operator, i, complain, exists));
  checkOrder(operators, tensors, subgraph.inputs, complain);
  return { index, name: subgraph.name, tensors, inputs: subgraph.inputs, outputs: subgraph.outputs, operators };
}

function checkTensor(
  model: Table<'Model'>,
  tensor: Table<'Tensor'>,
  index: number,
  where: string,
  problems: KilnError[],
): FileTensor {
  const what = `${where}, tensor ${index} '${tensor.name}'`;
  const complain = (code: `E-${string}`, message: string): void => {
    problems.push(new CompileError(code, what, message, REMEDY));
  };
  const shape = checkShape(tensor, complain);
  const type = TENSOR_TYPES[tensor.type] ?? `type ${tensor.type}`;
  const dtype = DTYPE_OF[type] ?? null;
  const base = { index, name: tensor.name, shape, type, dtype, isVariable: tensor.isVariable };
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
  if ((bytes.length === 0 && count > 0) || dtype === null || tensor.isVariable)
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

function checkOperator(
  model: Table<'Model'>,
  operator: Table<'Operator'>,
  index: number,
  complain: (code: `E-${string}`, what: string, message: string) => void,
  exists: (id: number) => boolean,
): FileOperator {
  const code = model.operatorCodes[operator.opcodeIndex];
  if (code === undefined) {
    const message = `has the operator code ${operator.opcodeIndex}, expected one of 0 to ${model.operatorCodes.length - 1}`;
    complain('E-TFLITE-INDEX', `operator ${index}`, message);
  }
  // Before version 3a of the schema the code was a byte; the greater of the two is meant.
  const number = Math.max(code?.builtinCode ?? 0, code?.deprecatedBuiltinCode ?? 0);
  const custom = BUILTIN_OPERATORS[number] === 'CUSTOM';
  const builtin = custom ? (code?.customCode ?? '') : (BUILTIN_OPERATORS[number] ?? `operator code ${number}`);
  const what = `operator ${index} ${builtin}`;
  for (const id of operator.inputs) {
    if (id !== -1 && !exists(id)) complain('E-TFLITE-INDEX', what, `reads tensor ${id}, which does not exist`);
  }
  for (const id of operator.outputs) {
    if (!exists(id)) complain('E-TFLITE-INDEX', what, `writes tensor ${id}, which does not exist`);
  }
  const { inputs, outputs, builtinOptions: options, customOptions } = operator;
  return { index, builtin, custom, inputs, outputs, options, customOptions };
}

/** Each tensor is written once, before it is read: that also rules out cycles. */
function checkOrder(
  operators: readonly FileOperator[],
  tensors: readonly FileTensor[],
  inputs: readonly number[],
  complain: (code: `E-${string}`, what: string, message: string) => void,
): void {
  const known = new Set<number>(inputs);
  for (const { index, data, isVariable } of tensors) if (data !== null || isVariable) known.add(index);
  const written = new Set<number>(inputs);
  for (const operator of operators) {
    const what = `operator ${operator.index} ${operator.builtin}`;
    const nameOf = (id: number): string => `'${tensors[id]?.name ?? ''}' (tensor ${id})`;
    for (const id of operator.inputs) {
      if (id >= 0 && id < tensors.length && !known.has(id)) {
        complain('E-TFLITE-ORDER', what, `reads ${nameOf(id)} before anything writes it, expected operators in order`);
        known.add(id);
      }
    }
    for (const id of operator.outputs) {
      if (written.has(id) || tensors[id]?.data) complain('E-TFLITE-WRITES', what, `writes ${nameOf(id)} a second time`);
      written.add(id);
      known.add(id);
    }
  }
}

function checkSignatures(
  model: Table<'Model'>,
  subgraphs: readonly FileSubgraph[],
  complain: (code: `E-${string}`, what: string, message: string) => void,
): FileSignature[] {
  return model.signatureDefs.flatMap(({ subgraphIndex, signatureKey, inputs, outputs }) => {
    const subgraph = subgraphs[subgraphIndex];
    if (subgraph === undefined) {
      complain(
        'E-TFLITE-INDEX',
        `signature '${signatureKey}'`,
        `names subgraph ${subgraphIndex}, which does not exist`,
      );
      return [];
    }
    const names = (maps: readonly Table<'TensorMap'>[]): Map<number, string> =>
      new Map(maps.map(({ name, tensorIndex }) => [tensorIndex, name]));
    return [{ subgraph: subgraphIndex, inputs: names(inputs), outputs: names(outputs) }];
  });
}

/** Whether an activation may have the type: widened ones are for constants. */
export function isActivationType({ type, dtype, data }: FileTensor): boolean {
  return dtype !== null && (data !== null || !WIDENED.has(type));
}
