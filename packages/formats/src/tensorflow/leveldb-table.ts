import { maskedChecksum } from './masked-checksum.js';

/** Ends every table. Source: leveldb/doc/table_format.md. */
const MAGIC = 0xdb4775248b80fb57n;
const FOOTER_BYTES = 48;
/** Type of a block: not compressed. */
const PLAIN = Uint8Array.of(0);

/** Where a block stands in its file, without what follows it. */
interface BlockHandle {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A table of LevelDB: one block of entries, an index of that block, and the footer. The entries stand in the order of their
 * keys' bytes, no prefix is shared and every entry is a restart point.
 *
 * Source: leveldb/doc/table_format.md.
 */
export function writeLeveldbTable(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...entries]
    .map(([key, value]) => ({ key: Buffer.from(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const parts: Uint8Array[] = [];
  let length = 0;
  const append = (block: Uint8Array): BlockHandle => {
    const handle = { offset: length, bytes: block.length };
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(maskedChecksum([block, PLAIN]));
    parts.push(block, PLAIN, checksum);
    length += block.length + PLAIN.length + checksum.length;
    return handle;
  };
  const data = append(writeBlock(sorted));
  const metaIndex = append(writeBlock([]));
  const lastKey = sorted.at(-1)?.key ?? Buffer.alloc(0);
  const index = append(writeBlock([{ key: lastKey, value: encodeHandle(data) }]));
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.set(Buffer.concat([encodeHandle(metaIndex), encodeHandle(index)]));
  footer.writeBigUInt64LE(MAGIC, FOOTER_BYTES - 8);
  return Buffer.concat([...parts, footer]);
}

function writeBlock(entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let length = 0;
  for (const { key, value } of entries) {
    restarts.push(length);
    const entry = Buffer.concat([encodeVarint(0), encodeVarint(key.length), encodeVarint(value.length), key, value]);
    parts.push(entry);
    length += entry.length;
  }
  // Even a block without entries has a restart point.
  if (restarts.length === 0) restarts.push(0);
  const trailer = Buffer.alloc(4 * restarts.length + 4);
  [...restarts, restarts.length].forEach((value, i) => trailer.writeUInt32LE(value, 4 * i));
  return Buffer.concat([...parts, trailer]);
}

function encodeHandle({ offset, bytes }: BlockHandle): Uint8Array {
  return Buffer.concat([encodeVarint(offset), encodeVarint(bytes)]);
}

/** Seven bits a byte, the lowest first; all but the last have the highest bit set. */
function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
