import type { DType, QuantizationParams, Shape, TensorData } from '@kiln/ir';
import type { UnionValue } from './schema/read-table.js';

/** A .tflite file as plain data: every index, size, type and scale in it has been checked. */
export interface FileModel {
  readonly subgraphs: readonly FileSubgraph[];
  readonly signatures: readonly FileSignature[];
}

export interface FileSubgraph {
  readonly index: number;
  readonly name: string;
  readonly tensors: readonly FileTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly FileOperator[];
}

export interface FileTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: Shape;
  /** The shape with -1 for sizes that the file leaves open, such as the batch; null if there are none. */
  readonly openShape: readonly number[] | null;
  /** The file's own name of the type, such as `FLOAT16` or `RESOURCE`. */
  readonly type: string;
  /** Null for types that no tensor of Kiln's has. Constants of FLOAT16 and INT4 have been widened to float32 and int8. */
  readonly dtype: DType | null;
  readonly quantization: QuantizationParams | null;
  readonly data: TensorData | null;
  readonly isVariable: boolean;
}

export interface FileOperator {
  readonly index: number;
  /** `CONV_2D`, or the name of a custom operator. */
  readonly builtin: string;
  readonly custom: boolean;
  /** Indices of tensors; -1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: UnionValue | null;
  readonly customOptions: Uint8Array | null;
}

/** Names that a signature gives to a subgraph's inputs and outputs, by the tensor's index. */
export interface FileSignature {
  readonly subgraph: number;
  readonly inputs: ReadonlyMap<number, string>;
  readonly outputs: ReadonlyMap<number, string>;
}
