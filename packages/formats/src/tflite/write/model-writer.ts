import type { DType, Shape, TensorData, TensorType } from '@kiln/ir';
import { BUILTIN_OPERATORS, TENSOR_TYPES } from '../schema/enums.js';
import type { Fields } from '../schema/write-table.js';
import { leastRuntime } from './runtime-versions.js';

/** How many bytes the oldest runtime's version takes, with zeros behind it. Source: `UpdateMinimumRuntimeVersionForModel`. */
const RUNTIME_VERSION_BYTES = 16;

const TYPE_OF: Readonly<Record<DType, (typeof TENSOR_TYPES)[number]>> = {
  float32: 'FLOAT32',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  bool: 'BOOL',
};

/** The type's number in the file. */
export function typeNumber(dtype: DType): number {
  return TENSOR_TYPES.indexOf(TYPE_OF[dtype]);
}

/** What a tensor of the file is, beside its name. */
export interface TensorPlan extends TensorType {
  readonly data: TensorData | null;
  /** An operator's own memory. */
  readonly isVariable?: boolean;
  /** The handle of a variable, which has no values. */
  readonly isResource?: boolean;
}

/** Collects what a file's subgraphs share: operator codes and the data of constants, each once. */
export class ModelWriter {
  readonly #codes: { readonly name: string; readonly version: number }[] = [];
  readonly #buffers: Fields[] = [{}];
  readonly #bufferOf = new Map<string, number>();
  readonly #subgraphs: (Fields | null)[] = [];

  /** Index of the operator in that version; a name that is no builtin's is a custom operator. */
  code(name: string, version: number): number {
    const known = this.#codes.findIndex((code) => code.name === name && code.version === version);
    return known >= 0 ? known : this.#codes.push({ name, version }) - 1;
  }

  /** The buffer with these values: constants of equal bytes share one. Buffer 0 stands for no values. */
  buffer(data: TensorData): number {
    if (data.length === 0) return 0;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = Buffer.from(bytes).toString('latin1');
    const known = this.#bufferOf.get(key) ?? this.#buffers.push({ data: bytes }) - 1;
    this.#bufferOf.set(key, known);
    return known;
  }

  /** Takes the next index for a subgraph that is written later: the main one has 0. */
  reserve(): number {
    return this.#subgraphs.push(null) - 1;
  }

  finishSubgraph(index: number, fields: Fields): void {
    this.#subgraphs[index] = fields;
  }

  /** The root table. */
  tables(signature: Fields): Fields {
    const runtime = new Uint8Array(RUNTIME_VERSION_BYTES);
    runtime.set(new TextEncoder().encode(leastRuntime(this.#codes)));
    const metadata = { name: 'min_runtime_version', buffer: this.#buffers.length };
    return {
      version: 3,
      operatorCodes: this.#codes.map(operatorCode),
      subgraphs: this.#subgraphs,
      description: 'Written by Kiln',
      buffers: [...this.#buffers, { data: runtime }],
      metadata: [metadata],
      signatureDefs: [signature],
    };
  }
}

function operatorCode({ name, version }: { readonly name: string; readonly version: number }): Fields {
  const builtin = (BUILTIN_OPERATORS as readonly string[]).indexOf(name);
  if (builtin < 0) {
    const custom = BUILTIN_OPERATORS.indexOf('CUSTOM');
    return { deprecatedBuiltinCode: custom, customCode: name, version, builtinCode: custom };
  }
  // Readers older than version 3a of the schema see a byte. Source: the comment on `OperatorCode` in the schema.
  return { deprecatedBuiltinCode: Math.min(builtin, 127), version, builtinCode: builtin };
}

/** A tensor's table. */
export function tensorTable(name: string, plan: TensorPlan, buffer: number): Fields {
  const { shape, dtype, quantization, isVariable = false, isResource = false } = plan;
  return {
    shape: [...shape] satisfies Shape,
    type: isResource ? TENSOR_TYPES.indexOf('RESOURCE') : typeNumber(dtype),
    buffer,
    name,
    ...(quantization === null
      ? {}
      : {
          quantization: {
            scale: quantization.scale,
            zeroPoint: quantization.zeroPoint.map(BigInt),
            quantizedDimension: quantization.axis ?? 0,
          },
        }),
    ...(isVariable ? { isVariable } : {}),
    hasRank: true,
  };
}
