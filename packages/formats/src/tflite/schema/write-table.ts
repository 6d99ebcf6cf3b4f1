import { Builder } from 'flatbuffers';
import { LAYOUT, UNIONS } from './layout.js';

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

/** Where the data of buffers stand: TensorFlow Lite Micro reads them in place. Source: `force_align: 16` in the schema. */
const BUFFER_ALIGNMENT = 16;

/** Writes a TensorFlow Lite file out of its tables as the schema has them. The same tables give the same bytes. */
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
  builder.startVector(bytes, items.length, item === 'uint8' ? BUFFER_ALIGNMENT : bytes);
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
