import {
  type Activation,
  type KilnError,
  type Node,
  type NodeOf,
  type OpName,
  type Tensor,
  UnsupportedError,
} from '@kiln/ir';
import { ofType } from './graph-def.js';
import type { GraphWriter } from './graph-writer.js';

/** What writes one node works with. */
export interface NodeSite<K extends OpName> {
  readonly node: NodeOf<K>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The name by which the i-th input is read. */
  readonly read: (i: number) => string;
  readonly writer: GraphWriter;
}

/** By operator: writes TensorFlow's nodes for one of ours, and answers with the names of its results. */
export type NodeWriters = { readonly [K in OpName]?: (site: NodeSite<K>) => readonly string[] };

/** For what TensorFlow has the operator, but not like this. */
export function unwritable(node: Node, found: string): KilnError {
  return new UnsupportedError(
    'E-TENSORFLOW-NODE',
    `node '${node.name}' (${node.op})`,
    found,
    'Change this layer, or export to tflite',
  );
}

/** Appends a fused activation. */
export function activate(writer: GraphWriter, x: string, name: string, activation: Activation): string {
  const attributes = { T: ofType('float32') };
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return writer.node('Relu', `${name}/Relu`, [x], attributes);
    case 'relu6':
      return writer.node('Relu6', `${name}/Relu6`, [x], attributes);
    case 'reluN1To1':
      return clamp(writer, x, name, -1, 1);
  }
}

export function clamp(writer: GraphWriter, x: string, name: string, least: number, most: number): string {
  const bounds = [writer.scalar(`${name}/least`, least), writer.scalar(`${name}/most`, most)];
  return writer.node('ClipByValue', `${name}/clip`, [x, ...bounds], { T: ofType('float32') });
}
