import { BUILTIN_OPERATORS, TENSOR_TYPES } from '../tflite/schema/enums.js';
import { type Fields, writeTfliteTables } from '../tflite/schema/write-table.js';

export { type Fields, writeTfliteTables };

/** A tensor of a model for tests; constants have bytes. */
export interface TensorPlan {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: (typeof TENSOR_TYPES)[number];
  readonly bytes?: Uint8Array | undefined;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly axis?: number;
  /** Further fields of the table, as the schema names them. */
  readonly fields?: Fields;
}

/** An operator of a model for tests; a name that is no builtin's is a custom operator. */
export interface OperatorPlan {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: readonly [member: string, table: Fields];
  readonly customOptions?: Uint8Array;
}

export interface SubgraphPlan {
  readonly tensors: readonly TensorPlan[];
  readonly operators: readonly OperatorPlan[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface ModelPlan extends SubgraphPlan {
  /** Those behind the first, which is the model's own. */
  readonly subgraphs?: readonly SubgraphPlan[];
  /** Further fields of the root table. */
  readonly fields?: Fields;
}

/** Writes a model. */
export function writeTflite(plan: ModelPlan): Uint8Array {
  return writeTfliteTables(tfliteTables(plan));
}

/** The same as tables. */
export function tfliteTables(plan: ModelPlan): Fields {
  const plans = [plan, ...(plan.subgraphs ?? [])];
  const codes = [...new Set(plans.flatMap(({ operators }) => operators.map(({ op }) => op)))];
  const buffers: Fields[] = [{}];
  return {
    version: 3,
    operatorCodes: codes.map(operatorCode),
    subgraphs: plans.map((subgraph, i) => subgraphTable(subgraph, i === 0 ? 'main' : `graph ${i}`, codes, buffers)),
    buffers,
    ...plan.fields,
  };
}

/** Adds the buffers of the subgraph's constants to `buffers`. */
function subgraphTable(
  { tensors, operators, inputs, outputs }: SubgraphPlan,
  name: string,
  codes: readonly string[],
  buffers: Fields[],
): Fields {
  return {
    name,
    inputs,
    outputs,
    tensors: tensors.map(({ name: own, shape, type, bytes, scale, zeroPoint, axis = 0, fields: more = {} }) => ({
      name: own,
      shape,
      type: TENSOR_TYPES.indexOf(type),
      buffer: bytes === undefined ? 0 : buffers.push({ data: bytes }) - 1,
      ...(scale === undefined
        ? {}
        : {
            quantization: {
              scale,
              zeroPoint: (zeroPoint ?? scale.map(() => 0)).map(BigInt),
              quantizedDimension: axis,
            },
          }),
      ...more,
    })),
    operators: operators.map(({ op, inputs: reads, outputs: writes, options, customOptions }) => ({
      opcodeIndex: codes.indexOf(op),
      inputs: reads,
      outputs: writes,
      ...(options === undefined ? {} : { builtinOptions: { member: options[0], table: options[1] } }),
      ...(customOptions === undefined ? {} : { customOptions }),
    })),
  };
}

function operatorCode(op: string): Fields {
  const number = (BUILTIN_OPERATORS as readonly string[]).indexOf(op);
  if (number < 0) return { deprecatedBuiltinCode: 32, builtinCode: 32, customCode: op };
  return { deprecatedBuiltinCode: Math.min(number, 127), builtinCode: number };
}

/** The bytes of numbers, as a buffer of the file holds them. */
export function bytesOf(values: Float32Array | Int8Array | Int16Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
