import { Builder } from 'flatbuffers';
import { BUILTIN_OPERATORS, TENSOR_TYPES } from '../tflite/schema/enums.js';
import { LAYOUT, UNIONS } from '../tflite/schema/layout.js';

/** Fields of a table by their names; what is left out is absent from the file. Unions are `{ member, table }`. */
export type Fields = Readonly<Record<string, unknown>>;

type Field = readonly [id: number, type: string, absent?: unknown];
type Scalar = 'bool' | 'int8' | 'uint8' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32';

const SCALAR_BYTES: Readonly<Record<Scalar, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
};

/** Writes a TensorFlow Lite file out of its tables as the schema has them: sound ones and broken ones. */
export function writeTfliteTables(model: Fields): Uint8Array {
  const builder = new Builder(1024);
  builder.finish(writeTable(builder, 'Model', model), 'TFL3');
  return builder.asUint8Array().slice();
}

function writeTable(builder: Builder, name: keyof typeof LAYOUT, fields: Fields): number {
  // Options without fields have no layout.
  const layout = (LAYOUT[name] ?? {}) as Readonly<Record<string, Field>>;
  const entries = Object.entries(layout).flatMap(([field, [id, type]]) => {
    const value = fields[field];
    return value === undefined || value === null ? [] : [{ id, type, value }];
  });
  // What a table points to stands in the file before it.
  const written = entries.map((entry) => ({ ...entry, offset: writeReferenced(builder, entry.type, entry.value) }));
  builder.startObject(Math.max(0, ...Object.values(layout).map(([id]) => id + 1)));
  for (const { id, type, value, offset } of written) {
    if (type.startsWith('union:')) {
      builder.addFieldInt8(id - 1, unionNumber(type.slice(6), (value as { member: string }).member), 0);
    }
    if (offset !== null) builder.addFieldOffset(id, offset, 0);
    else if (!type.startsWith('union:')) addScalar(builder, id, type as Scalar, value);
  }
  return builder.endObject();
}

function writeReferenced(builder: Builder, type: string, value: unknown): number | null {
  if (type === 'string') return builder.createString(value as string);
  if (type.startsWith('[')) return writeVector(builder, type.slice(1, -1), value as readonly unknown[]);
  if (type.startsWith('union:')) {
    const { member, table } = value as { member: string; table: Fields | null };
    return table === null ? null : writeTable(builder, member as keyof typeof LAYOUT, table);
  }
  return type in LAYOUT ? writeTable(builder, type as keyof typeof LAYOUT, value as Fields) : null;
}

function writeVector(builder: Builder, item: string, values: readonly unknown[]): number {
  const isScalar = item in SCALAR_BYTES;
  const items = isScalar ? values : Array.from(values, (value) => writeReferenced(builder, item, value));
  const bytes = isScalar ? SCALAR_BYTES[item as Scalar] : 4;
  // The data of buffers are aligned, as the format demands.
  builder.startVector(bytes, items.length, item === 'uint8' ? 16 : bytes);
  for (let i = items.length - 1; i >= 0; i--) {
    if (isScalar) putScalar(builder, item as Scalar, items[i]);
    else builder.addOffset(items[i] as number);
  }
  return builder.endVector();
}

function putScalar(builder: Builder, type: Scalar, value: unknown): void {
  if (type === 'float32') builder.addFloat32(value as number);
  else if (SCALAR_BYTES[type] === 8) builder.addInt64(value as bigint);
  else if (SCALAR_BYTES[type] === 4) builder.addInt32(value as number);
  else if (type === 'uint16') builder.addInt16(value as number);
  else builder.addInt8(Number(value));
}

function addScalar(builder: Builder, id: number, type: Scalar, value: unknown): void {
  putScalar(builder, type, value);
  builder.slot(id);
}

function unionNumber(union: string, member: string): number {
  const entry = Object.entries(UNIONS[union as keyof typeof UNIONS]).find(([, name]) => name === member);
  return Number(entry?.[0] ?? 255);
}

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
