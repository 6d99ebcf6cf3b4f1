import {
  DataError,
  type DType,
  elementCount,
  type KilnError,
  type Shape,
  type TensorData,
  UnsupportedError,
} from '@kiln/ir';
import { maskedChecksum } from '../masked-checksum.js';
import { readLeveldbTable } from './leveldb-table.js';
import { decodeOrRefuse, sizesOf } from './network-def.js';
import { decodeValues, dtypeOf, shapeProblem, typeName } from './tensor-values.js';

export interface Variable {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TensorData;
}

/** The value of a variable by its key, null if there is none. Errors: KilnError for one that is damaged or of a type that Kiln lacks. */
export type VariableSource = (key: string) => Variable | null;

interface Header {
  readonly num_shards?: number;
  readonly endianness?: number;
}

interface Entry {
  readonly dtype?: number;
  readonly shape?: { readonly dim: readonly { readonly size?: number }[] };
  readonly shard_id?: number;
  readonly offset?: number;
  readonly size?: number;
  readonly crc32c?: number;
  readonly slices: readonly unknown[];
}

/**
 * The variables of a checkpoint: the table of what stands where, and by `readShard` the files with the values.
 *
 * Source: tensorflow/core/util/tensor_bundle/tensor_bundle.h.
 */
export function readTensorBundle(
  index: Uint8Array,
  where: string,
  readShard: (shard: number, shards: number) => Uint8Array,
): VariableSource {
  const table = readLeveldbTable(index, where);
  const header = decodeOrRefuse('BundleHeaderProto', table.get('') ?? new Uint8Array(0), where) as Header;
  if ((header.endianness ?? 0) !== 0) {
    const message = 'holds big-endian numbers, expected little-endian ones';
    throw new UnsupportedError('E-BUNDLE-ENDIANNESS', where, message, 'Save the model on another machine');
  }
  const shards = new Map<number, Uint8Array>();
  const shard = (number: number): Uint8Array => {
    const bytes = shards.get(number) ?? readShard(number, header.num_shards ?? 0);
    shards.set(number, bytes);
    return bytes;
  };
  return (key) => {
    const bytes = table.get(key);
    if (bytes === undefined || key === '') return null;
    return readEntry(decodeOrRefuse('BundleEntryProto', bytes, where) as Entry, shard, `${where}, variable '${key}'`);
  };
}

function readEntry(entry: Entry, shard: (number: number) => Uint8Array, where: string): Variable {
  const { dtype = 0, offset = 0, size = 0, crc32c = 0, shard_id = 0 } = entry;
  const shape = sizesOf(entry.shape);
  const type = dtypeOf(dtype);
  if (entry.slices.length > 0 || type === null) {
    const message = type === null ? `is of type ${typeName(dtype)}` : `is cut into ${entry.slices.length} slices`;
    throw new UnsupportedError('E-BUNDLE-VARIABLE', where, message, 'Save the model with whole variables of float32');
  }
  const problem = shapeProblem(shape);
  if (problem !== null) throw damaged(where, problem);
  const file = shard(shard_id);
  const bytes = file.subarray(offset, offset + size);
  if (bytes.length !== size) throw damaged(where, `needs ${size} bytes at ${offset}, the file has ${file.length}`);
  if (maskedChecksum([bytes]) !== crc32c) throw damaged(where, 'has another checksum than the checkpoint says');
  const data = decodeValues(dtype, bytes, elementCount(shape));
  if (data === null) throw damaged(where, `has ${size} bytes for ${type}[${shape.join(', ')}]`);
  return { shape, dtype: type, data };
}

function damaged(where: string, found: string): KilnError {
  return new DataError('E-BUNDLE-DAMAGED', where, found, 'Save or copy the model again');
}
