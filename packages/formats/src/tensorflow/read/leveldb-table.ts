import { DataError, UnsupportedError } from '@kiln/ir';
import { maskedChecksum } from '../masked-checksum.js';

/** Ends every table. Source: leveldb/doc/table_format.md. */
const MAGIC = 0xdb4775248b80fb57n;
const FOOTER_BYTES = 48;
/** Type and checksum behind each block. */
const TRAILER_BYTES = 5;
const PLAIN = 0;

/**
 * The entries of a table of LevelDB, by their keys. Source: leveldb/doc/table_format.md.
 *
 * Errors: DataError for a damaged table, UnsupportedError for compressed blocks.
 */
export function readLeveldbTable(bytes: Uint8Array, where: string): Map<string, Uint8Array> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < FOOTER_BYTES || file.readBigUInt64LE(file.length - 8) !== MAGIC)
    throw damaged(where, 'does not end as a table of LevelDB does');
  const footer = new Reader(file.subarray(file.length - FOOTER_BYTES), where);
  footer.handle();
  const entries = new Map<string, Uint8Array>();
  for (const { value } of blockEntries(blockAt(file, footer.handle(), where), where)) {
    const block = blockAt(file, new Reader(value, where).handle(), where);
    for (const entry of blockEntries(block, where)) entries.set(entry.key.toString('utf8'), entry.value);
  }
  return entries;
}

interface BlockHandle {
  readonly offset: number;
  readonly bytes: number;
}

/** A block without what follows it. Its checksum covers the type too. */
function blockAt(file: Buffer, { offset, bytes }: BlockHandle, where: string): Buffer {
  const end = offset + bytes;
  if (end + TRAILER_BYTES > file.length - FOOTER_BYTES)
    throw damaged(where, `names ${bytes} bytes at ${offset}, the file has ${file.length}`);
  if (maskedChecksum([file.subarray(offset, end + 1)]) !== file.readUInt32LE(end + 1))
    throw damaged(where, `has another checksum than its block at ${offset} says`);
  if (file[end] !== PLAIN) {
    const message = `has a block of compression ${file[end]} (1 is snappy), expected none`;
    throw new UnsupportedError(
      'E-TABLE-COMPRESSED',
      where,
      message,
      'Save it with TensorFlow, which does not compress',
    );
  }
  return file.subarray(offset, end);
}

/** Each key shares the beginning of the one before it. */
function* blockEntries(block: Buffer, where: string): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  if (block.length < 4) throw damaged(where, 'has an empty block');
  const restarts = block.readUInt32LE(block.length - 4);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw damaged(where, `has a block of ${block.length} bytes with ${restarts} restarts`);
  const reader = new Reader(block.subarray(0, end), where);
  for (let key = Buffer.alloc(0); !reader.atEnd;) {
    const [shared, own, length] = [reader.varint(), reader.varint(), reader.varint()];
    if (shared > key.length) throw damaged(where, `has a key that shares ${shared} bytes of ${key.length}`);
    key = Buffer.concat([key.subarray(0, shared), reader.take(own)]);
    yield { key, value: reader.take(length) };
  }
}

class Reader {
  #offset = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly where: string,
  ) {}

  get atEnd(): boolean {
    return this.#offset >= this.bytes.length;
  }

  take(length: number): Buffer {
    const start = this.#offset;
    this.#offset += length;
    if (this.#offset > this.bytes.length) throw damaged(this.where, 'ends within an entry');
    return this.bytes.subarray(start, this.#offset);
  }

  /** Seven bits a byte, the lowest first; all but the last have the highest bit set. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
    throw damaged(this.where, 'has a number of more than 53 bits');
  }

  handle(): BlockHandle {
    return { offset: this.varint(), bytes: this.varint() };
  }
}

function damaged(where: string, found: string): DataError {
  return new DataError('E-TABLE-DAMAGED', where, `is damaged: ${found}`, 'Save or copy the model again');
}
