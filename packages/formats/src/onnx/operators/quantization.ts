import { type QuantizationParams } from '@kiln/ir';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';
import { gridOf } from '../targets.js';

/** Scale and zero point of a constant, or of integers that flow. */
function readGrid(context: NodeContext, x: Value, isSigned: boolean): QuantizationParams {
  const scale = Array.from(context.realConstant(1), Number);
  const given = context.has(2) ? context.integers(2) : scale.map(() => 0);
  const shift = isSigned ? 0 : 128;
  const zeroPoint = given.map((point) => point - shift);
  if (scale.length !== zeroPoint.length || !scale.every((value) => value > 0 && Number.isFinite(value)))
    throw context.wrong(
      'E-ONNX-SCALE',
      `has ${scale.length} scales and ${given.length} zero points, expected finite ones above 0`,
    );
  if (context.int('block_size', 0) !== 0) throw context.unsupported('E-ONNX-SCALE', 'has scales for blocks');
  if (scale.length === 1) return { scale, zeroPoint, axis: null };
  const axis = context.axis(context.int('axis', 1), x.shape.length);
  if (x.shape[axis] === scale.length) return { scale, zeroPoint, axis };
  throw context.wrong('E-ONNX-SCALE', `has ${scale.length} scales along dimension ${axis} of [${x.shape.join(', ')}]`);
}

/** Integers are int8 from here on: those of uint8 stand 128 higher in the file. */
function readQuantize(context: NodeContext): Value {
  const { target } = context;
  const x = context.input();
  const scale = context.scalar(1);
  const zero = context.has(2) ? context.input(2) : null;
  const dtype = zero === null ? 'uint8' : context.dtype(zero);
  const grid = gridOf(scale, zero === null ? 0 : context.scalar(2), dtype) ?? target;
  if (grid === null)
    throw context.unsupported('E-ONNX-SCALE', `rounds to ${dtype} in steps of ${scale}, expected 8 or 16 bits`);
  return { ...context.builder.quantized(x, grid.dtype, grid.quantization), real: false };
}

function readDequantize(context: NodeContext): Value {
  const { builder } = context;
  const given = context.input();
  // What was rounded in the graph has its scale already.
  if (builder.tensor(given.id).quantization !== null) return { ...given, real: true };
  const x = builder.plain(given);
  const { data, dtype, name } = builder.tensor(x.id);
  const params = readGrid(context, x, dtype !== 'uint8');
  if (data !== null) {
    const values = dtype === 'uint8' ? Int8Array.from(data as Uint8Array, (value) => value - 128) : data;
    const type = dtype === 'uint8' ? 'int8' : dtype;
    return {
      ...x,
      id: builder.editor.addTensor({ name, shape: x.shape, dtype: type, data: values, quantization: params }),
      real: true,
    };
  }
  if (params.axis !== null || (dtype !== 'int8' && dtype !== 'uint8' && dtype !== 'int16'))
    throw context.unsupported('E-ONNX-SCALE', `takes ${dtype} with ${params.scale.length} scales for reals`);
  if (dtype !== 'uint8') {
    builder.editor.replaceTensor(x.id, { quantization: params });
    return { ...x, real: true };
  }
  const raw = { ...params, zeroPoint: params.zeroPoint.map((point) => point + 128) };
  builder.editor.replaceTensor(x.id, { quantization: raw });
  return builder.quantized({ ...x, real: true }, 'int8', params);
}

export const quantizationReaders: NodeReaders = {
  QuantizeLinear: readQuantize,
  DequantizeLinear: readDequantize,
};
