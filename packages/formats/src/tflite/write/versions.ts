import type { DType, TensorType } from '@kiln/ir';
import type { BUILTIN_OPERATORS } from '../schema/enums.js';
import type { Fields } from '../schema/write-table.js';

export type BuiltinName = (typeof BUILTIN_OPERATORS)[number];

/** What the version of an operator depends on. */
export interface Signature {
  /** Null for an input that is left out. */
  readonly inputs: readonly (TensorType | null)[];
  readonly outputs: readonly TensorType[];
  readonly options: Fields;
}

type Rule = (signature: Signature) => number;

const dtypeOf = ({ inputs }: Signature, i = 0): DType | undefined => inputs[i]?.dtype;
const rankOf = ({ inputs }: Signature, i = 0): number => inputs[i]?.shape.length ?? 0;

/** By the type of an input; 1 for those that are not named. */
const byType =
  (versions: Readonly<Partial<Record<DType, number>>>, input = 0): Rule =>
  (signature) =>
    versions[dtypeOf(signature, input) ?? 'float32'] ?? 1;

const int8 = byType({ int8: 2 });
const int8AndInt16 = byType({ int8: 2, int16: 3 });
const integers = byType({ int8: 2, int16: 2 });

const isQuantized = ({ inputs }: Signature): boolean => (inputs[0]?.quantization ?? null) !== null;
const scaleAt = (tensor: TensorType | null | undefined): number => tensor?.quantization?.scale[0] ?? 0;

/** Broadcast operands of more than four dimensions. */
function broadcastsWide(signature: Signature): boolean {
  const [a, b] = signature.inputs;
  return a?.shape.join() !== b?.shape.join() && Math.max(rankOf(signature), rankOf(signature, 1)) > 4;
}

/** A first version that holds, or the next rule. */
const wide =
  (version: number, otherwise: Rule): Rule =>
  (signature) =>
    broadcastsWide(signature) ? version : otherwise(signature);

const add: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return isQuantized(signature) ? 3 : 5;
  return byType({ int64: 4, int8: 2 })(signature);
};

const sub: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return 5;
  return dtypeOf(signature) === 'int64' ? 4 : wide(3, int8)(signature);
};

const mul: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return isQuantized(signature) ? 4 : 7;
  if (dtypeOf(signature) === 'int64') return 5;
  const [a, b, y] = [signature.inputs[0], signature.inputs[1], signature.outputs[0]].map(scaleAt) as [
    number,
    number,
    number,
  ];
  return y !== 0 && a * b !== 0 && (a * b) / y >= 1 ? 3 : int8(signature);
};

const conv2d: Rule = (signature) => {
  const [x, weights] = signature.inputs;
  return x?.shape.at(-1) === weights?.shape.at(-1) ? byType({ int8: 3 })(signature) : 6;
};

const depthwise: Rule = (signature) => {
  const { dilationWFactor = 1, dilationHFactor = 1 } = signature.options;
  const isDilated = dilationWFactor !== 1 || dilationHFactor !== 1;
  return dtypeOf(signature) === 'int8' ? 3 : isDilated ? 2 : 1;
};

const transposeConv: Rule = ({ options: { fusedActivationFunction = 0 } }) => (fusedActivationFunction === 0 ? 3 : 4);

const cast: Rule = (signature) => (dtypeOf(signature) === 'int8' || signature.outputs[0]?.dtype === 'int8' ? 3 : 1);

const pad: Rule = (signature) => {
  if (dtypeOf(signature) === 'bool') return 5;
  return rankOf(signature) > 4 ? 4 : int8AndInt16(signature);
};

const gather: Rule = (signature) => {
  const { batchDims = 0 } = signature.options;
  return batchDims === 0 ? byType({ int16: 4, bool: 3, int8: 2 })(signature) : 5;
};

const transpose: Rule = (signature) => {
  const rank = rankOf(signature);
  if (rank > 6) return 8;
  if (rank > 5) return 6;
  if (dtypeOf(signature) === 'int16') return 5;
  return rank > 4 ? 4 : byType({ bool: 3, int8: 2 })(signature);
};

const slice: Rule = (signature) => (rankOf(signature) > 4 ? 5 : byType({ int16: 4, int8: 2 })(signature));

const stridedSlice: Rule = (signature) => (rankOf(signature) > 4 ? 4 : byType({ bool: 3, int8: 2 })(signature));

const blocks: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return 4;
  return rankOf(signature) === 4 ? int8(signature) : 3;
};

const resizeBilinear: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return 4;
  return signature.options['halfPixelCenters'] === true ? 3 : int8(signature);
};

const resizeNearest: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return 4;
  const { halfPixelCenters, alignCorners } = signature.options;
  return halfPixelCenters === true || alignCorners === true ? 3 : int8(signature);
};

const extremum: Rule = (signature) => (dtypeOf(signature) === 'int16' ? 4 : wide(3, int8)(signature));

const absolute: Rule = (signature) => {
  if (dtypeOf(signature) === 'int16') return isQuantized(signature) ? 3 : 4;
  return byType({ int32: 5, int8: 2, uint8: 2 })(signature);
};

const dequantize: Rule = (signature) => {
  const isPerChannel = (signature.inputs[0]?.quantization?.scale.length ?? 0) > 1;
  return isPerChannel ? 5 : byType({ int16: 3, int8: 2 })(signature);
};

const quantize: Rule = ({ outputs }) => (outputs[0]?.dtype === 'int16' ? 2 : 1);

/**
 * Versions above 1. Source: TensorFlow, `GetBuiltinOperatorVersion` (compiler/mlir/lite/tools/versioning/op_version.cc), for what
 * Kiln writes.
 */
const RULES: Readonly<Partial<Record<BuiltinName, Rule>>> = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwise,
  TRANSPOSE_CONV: transposeConv,
  FULLY_CONNECTED: byType({ int8: 4 }),
  BATCH_MATMUL: int8AndInt16,
  ADD: add,
  SUB: sub,
  MUL: mul,
  DIV: wide(2, () => 1),
  FLOOR_DIV: byType({ int16: 3, int8: 3, float32: 2 }),
  FLOOR_MOD: integers,
  MAXIMUM: extremum,
  MINIMUM: extremum,
  ABS: absolute,
  SIGN: byType({ int32: 2 }),
  CAST: cast,
  QUANTIZE: quantize,
  DEQUANTIZE: dequantize,
  RELU: byType({ int16: 3, int8: 2, uint8: 2 }),
  LEAKY_RELU: byType({ int16: 2 }),
  GELU: byType({ int8: 2, uint8: 2 }),
  EQUAL: byType({ int16: 5, int8: 2 }),
  NOT_EQUAL: byType({ int16: 4, int8: 2 }),
  LESS: int8AndInt16,
  GREATER_EQUAL: int8AndInt16,
  ARG_MAX: byType({ bool: 3, int8: 2 }),
  ARG_MIN: byType({ bool: 3, int8: 2 }),
  GATHER: gather,
  GATHER_ND: byType({ bool: 5, int16: 3 }),
  FILL: byType({ int8: 3, int16: 3, bool: 2 }, 1),
  SPLIT: byType({ int16: 4, int32: 3, int8: 2 }, 1),
  BROADCAST_TO: byType({ int8: 3, int16: 3, ...twos(['float32', 'uint8', 'int32', 'int64', 'bool']) }),
  TRANSPOSE: transpose,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  PAD: pad,
  PADV2: pad,
  TILE: byType({ int8: 3 }),
  REVERSE_V2: byType({ int8: 3, bool: 2 }),
  SPACE_TO_BATCH_ND: blocks,
  BATCH_TO_SPACE_ND: blocks,
  RESIZE_BILINEAR: resizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: resizeNearest,
  DYNAMIC_UPDATE_SLICE: (signature) =>
    dtypeOf(signature) === 'int16' ? 4 : dtypeOf(signature, 2) === 'int64' ? 2 : 1,
  SVDF: byType({ int8: 3 }),
  UNIDIRECTIONAL_SEQUENCE_LSTM: byType({ int16: 5 }),
  ...each(['MAX_POOL_2D', 'AVERAGE_POOL_2D', 'TANH', 'LOGISTIC', 'CONCATENATION', 'SOFTMAX'], int8AndInt16),
  ...each(['MEAN', 'MIRROR_PAD', 'REDUCE_MAX', 'REDUCE_MIN', 'RELU6', 'RSQRT'], int8AndInt16),
  ...each(['SPACE_TO_DEPTH', 'DEPTH_TO_SPACE', 'SPLIT_V', 'SUM', 'LOG_SOFTMAX', 'L2_NORMALIZATION'], int8),
  ...each(['GREATER', 'LESS_EQUAL', 'SQUARED_DIFFERENCE'], int8),
  ...each(['EXP', 'LOG', 'REDUCE_PROD', 'SQRT'], integers),
};

function each(names: readonly BuiltinName[], rule: Rule): Partial<Record<BuiltinName, Rule>> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

function twos(types: readonly DType[]): Partial<Record<DType, number>> {
  return Object.fromEntries(types.map((type) => [type, 2]));
}

/** The least version of the operator that has what is asked of it. */
export function operatorVersion(name: BuiltinName, signature: Signature): number {
  return RULES[name]?.(signature) ?? 1;
}
