import type { NodeContext } from '../node-context.js';
import type { Value } from '../value.js';

/** Reads one node of the file; answers with its results. */
export type NodeReader = (context: NodeContext) => readonly Value[];

/** By TensorFlow's name of the operator. */
export type NodeReaders = Readonly<Record<string, NodeReader>>;
