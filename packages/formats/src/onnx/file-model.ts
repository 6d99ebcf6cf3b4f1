import type { DType, Shape, TensorData } from '@kiln/ir';
import type { AttributeProto } from './proto.js';

/** An ONNX file as plain data: shapes, types and values have been checked, and every name is written before it is read. */
export interface FileModel {
  /** Version of ONNX's own operators. */
  readonly opset: number;
  readonly inputs: readonly FilePort[];
  readonly outputs: readonly FilePort[];
  readonly constants: ReadonlyMap<string, FileConstant>;
  readonly nodes: readonly FileNode[];
}

export interface FilePort {
  readonly name: string;
  readonly shape: Shape;
  /** What was decided about a batch that the file leaves open; null where nothing had to be. */
  readonly note: string | null;
  /** The file's own name of the type. */
  readonly dtype: DType;
}

export interface FileConstant {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TensorData;
}

export interface FileNode {
  /** Its own name, or that of its first result. */
  readonly name: string;
  /** `Conv`; with its domain in front where that is not ONNX's own. */
  readonly op: string;
  /** Empty for an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}
