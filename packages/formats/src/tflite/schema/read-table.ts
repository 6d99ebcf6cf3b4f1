import { ByteBuffer } from 'flatbuffers';
import { LAYOUT, UNIONS } from './layout.js';

export type TableName = keyof typeof LAYOUT;
type UnionName = keyof typeof UNIONS;

interface ScalarTypes {
  readonly bool: boolean;
  readonly int8: number;
  readonly uint8: number;
  readonly uint16: number;
  readonly int32: number;
  readonly uint32: number;
  readonly int64: bigint;
  readonly uint64: bigint;
  readonly float32: number;
  readonly string: string;
}

type FieldValue<T> = T extends '[uint8]'
  ? Uint8Array | null
  : T extends `[${infer Item}]`
    ? readonly (Item extends keyof ScalarTypes ? ScalarTypes[Item] : Item extends TableName ? Table<Item> : never)[]
    : T extends `union:${string}`
      ? UnionValue | null
      : T extends keyof ScalarTypes
        ? ScalarTypes[T]
        : T extends TableName
          ? Table<T> | null
          : never;

/** A table as a plain object: every field is there, with its default where the file leaves it out. */
export type Table<K extends TableName> = {
  readonly [F in keyof (typeof LAYOUT)[K]]: (typeof LAYOUT)[K][F] extends readonly [number, infer T, ...unknown[]]
    ? FieldValue<T>
    : never;
};

/** A union's member: its name, and its table where Kiln knows the layout. */
export interface UnionValue {
  readonly member: string;
  readonly table: Readonly<Record<string, unknown>> | null;
}

/** What is wrong with the bytes of a file, and where. */
export class MalformedFile extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

const SCALAR_BYTES = {
  bool: 1,
  int8: 1,
  uint8: 1,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
} as const;
type ScalarName = keyof typeof SCALAR_BYTES;

type Field = readonly [id: number, type: string, absent?: unknown];

/** Tables within tables deeper than this are no model. */
const MOST_DEPTH = 32;
/** The same bytes may be named several times; all that is named together may be this many times the file. */
const MOST_VISITS = 8;

/**
 * Reads tables out of a FlatBuffers file that nobody has vouched for: every offset, length and vtable is held against the
 * file's end before it is followed, and what is read in all is bounded by the file's size.
 *
 * Source: the FlatBuffers internals page ("FlatBuffers' format"). The classes that flatc generates check none of this.
 */
export class CheckedFile {
  private readonly buffer: ByteBuffer;
  private budget: number;

  constructor(private readonly bytes: Uint8Array) {
    this.buffer = new ByteBuffer(bytes);
    this.budget = bytes.length * MOST_VISITS;
  }

  /** The root table. Throws `MalformedFile`. */
  root<K extends TableName>(name: K): Table<K> {
    return this.table(name, this.follow(0), 0);
  }

  private need(offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) {
      throw new MalformedFile(
        offset,
        `${length} bytes at ${offset} reach past the end of the file at ${this.bytes.length}`,
      );
    }
    this.budget -= length;
    if (this.budget < 0) throw new MalformedFile(offset, 'names its own bytes over and over');
  }

  /** The place that the offset at `at` points to. */
  private follow(at: number): number {
    this.need(at, 4);
    const target = at + this.buffer.readUint32(at);
    this.need(target, 4);
    return target;
  }

  private table<K extends TableName>(name: K, at: number, depth: number): Table<K> {
    if (depth > MOST_DEPTH) throw new MalformedFile(at, `has tables ${depth} deep, expected at most ${MOST_DEPTH}`);
    this.need(at, 4);
    const vtable = at - this.buffer.readInt32(at);
    this.need(vtable, 4);
    const slots = this.buffer.readUint16(vtable);
    const size = this.buffer.readUint16(vtable + 2);
    this.need(vtable, slots);
    this.need(at, size);
    if (slots < 4 || slots % 2 !== 0) throw new MalformedFile(vtable, `a vtable of ${slots} bytes`);
    const place = (id: number): number | null => {
      const slot = 4 + 2 * id;
      const offset = slot + 2 <= slots ? this.buffer.readUint16(vtable + slot) : 0;
      return offset === 0 ? null : at + offset;
    };
    const fields: Record<string, unknown> = {};
    for (const [field, layout] of Object.entries(LAYOUT[name]) as [string, Field][]) {
      const [id, type, absent] = layout;
      fields[field] = type.startsWith('union:')
        ? this.union(type.slice('union:'.length) as UnionName, place(id - 1), place(id), depth)
        : this.value(type, place(id), absent, depth);
    }
    return fields as unknown as Table<K>;
  }

  private union(name: UnionName, typeAt: number | null, at: number | null, depth: number): UnionValue | null {
    if (typeAt === null) return null;
    this.need(typeAt, 1);
    const number = this.buffer.readUint8(typeAt);
    if (number === 0) return null;
    const member = (UNIONS[name] as Readonly<Record<number, string>>)[number] ?? `member ${number}`;
    if (!(member in LAYOUT) || at === null) return { member, table: null };
    return { member, table: this.table(member as TableName, this.follow(at), depth + 1) };
  }

  private value(type: string, at: number | null, absent: unknown, depth: number): unknown {
    if (type.startsWith('[')) return this.vector(type.slice(1, -1), at, depth);
    if (type === 'string') return at === null ? '' : this.text(this.follow(at));
    if (type in LAYOUT) return at === null ? null : this.table(type as TableName, this.follow(at), depth + 1);
    return at === null ? absent : this.scalar(type as ScalarName, at);
  }

  private scalar(type: ScalarName, at: number): number | bigint | boolean {
    this.need(at, SCALAR_BYTES[type]);
    switch (type) {
      case 'bool':
        return this.buffer.readUint8(at) !== 0;
      case 'int8':
        return this.buffer.readInt8(at);
      case 'uint8':
        return this.buffer.readUint8(at);
      case 'uint16':
        return this.buffer.readUint16(at);
      case 'int32':
        return this.buffer.readInt32(at);
      case 'uint32':
        return this.buffer.readUint32(at);
      case 'int64':
        return this.buffer.readInt64(at);
      case 'uint64':
        return this.buffer.readUint64(at);
      case 'float32':
        return this.buffer.readFloat32(at);
    }
  }

  private vector(item: string, at: number | null, depth: number): unknown {
    if (at === null) return item === 'uint8' ? null : [];
    const start = this.follow(at);
    const length = this.buffer.readUint32(start);
    const first = start + 4;
    if (item === 'uint8') {
      this.need(first, length);
      return this.bytes.subarray(first, first + length);
    }
    const isScalar = item in SCALAR_BYTES;
    const bytes = isScalar ? SCALAR_BYTES[item as ScalarName] : 4;
    this.need(first, length * bytes);
    return Array.from({ length }, (_, i) => {
      const place = first + i * bytes;
      if (isScalar) return this.scalar(item as ScalarName, place);
      if (item === 'string') return this.text(this.follow(place));
      return this.table(item as TableName, this.follow(place), depth + 1);
    });
  }

  private text(at: number): string {
    const length = this.buffer.readUint32(at);
    this.need(at + 4, length);
    return new TextDecoder().decode(this.bytes.subarray(at + 4, at + 4 + length));
  }
}

/** A table with nothing but defaults: what a file means that leaves its options out. */
export function defaultTable<K extends TableName>(name: K): Table<K> {
  const entries = Object.entries(LAYOUT[name]) as [string, Field][];
  const valueOf = ([, type, absent]: Field): unknown => {
    if (type === 'string') return '';
    if (type.startsWith('[')) return type === '[uint8]' ? null : [];
    return absent ?? null;
  };
  return Object.fromEntries(entries.map(([field, layout]) => [field, valueOf(layout)])) as unknown as Table<K>;
}
