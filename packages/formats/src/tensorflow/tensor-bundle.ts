import type { WrittenFile } from '../model-writer.js';
import { shapeProto } from './graph-def.js';
import type { Weight } from './graph-writer.js';
import { writeLeveldbTable } from './leveldb-table.js';
import { maskedChecksum } from './masked-checksum.js';
import { DATA_TYPE, encodeMessage } from './proto.js';

/**
 * A checkpoint of TensorFlow: the values of all variables in one file, and a table of what stands where, under their names.
 *
 * Source: tensorflow/core/util/tensor_bundle/tensor_bundle.h.
 */
export function writeTensorBundle(prefix: string, variables: ReadonlyMap<string, Weight>): WrittenFile[] {
  const sorted = [...variables].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const entries = new Map<string, Uint8Array>();
  entries.set('', encodeMessage('BundleHeaderProto', { num_shards: 1, version: { producer: 1 } }));
  let offset = 0;
  const parts = sorted.map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    entries.set(
      name,
      encodeMessage('BundleEntryProto', {
        dtype: DATA_TYPE.float32,
        shape: shapeProto(shape),
        offset,
        size: bytes.length,
        crc32c: maskedChecksum([bytes]),
      }),
    );
    offset += bytes.length;
    return bytes;
  });
  return [
    { path: `${prefix}.data-00000-of-00001`, contents: Buffer.concat(parts) },
    { path: `${prefix}.index`, contents: writeLeveldbTable(entries) },
  ];
}
