import { type Graph, inputTensors, type Node, type OpName, outputTensors, UnsupportedError } from '@kiln/ir';
import { activationOperators } from './activations/index.js';
import { batchMatMul } from './batch-mat-mul/index.js';
import { conversionOperators } from './conversion/index.js';
import { conv2d } from './conv2d/index.js';
import { dense } from './dense/index.js';
import { depthwiseConv2d } from './depthwise-conv2d/index.js';
import { poolingOperators } from './pooling/index.js';
import { movementOperators } from './movement/index.js';
import type { Operator } from './operator.js';
import type { Site } from './site.js';
import { pointwiseOperators } from './pointwise/index.js';
import { reductionOperators } from './reduction/index.js';
import { reshape } from './reshape/index.js';
import { rowOperators } from './rows/index.js';
import { standardize } from './standardize/index.js';
import { transposeConv2d } from './transpose-conv2d/index.js';
import { unaryOperators } from './unary/index.js';

/** Operators that share one folder: they differ in little more than a formula. */
export const FAMILIES = {
  activations: activationOperators,
  conversion: conversionOperators,
  movement: movementOperators,
  pointwise: pointwiseOperators,
  pooling: poolingOperators,
  reduction: reductionOperators,
  rows: rowOperators,
  unary: unaryOperators,
};

/** Every operator, by its name. A new one is its folder and its line here; a family is one folder and one line. */
export const OPERATORS: { readonly [K in OpName]?: Operator<K> } = {
  ...FAMILIES.activations,
  ...FAMILIES.conversion,
  ...FAMILIES.movement,
  ...FAMILIES.pointwise,
  ...FAMILIES.pooling,
  ...FAMILIES.reduction,
  ...FAMILIES.rows,
  ...FAMILIES.unary,
  batchMatMul,
  conv2d,
  dense,
  depthwiseConv2d,
  reshape,
  standardize,
  transposeConv2d,
};

/** A node's operator. The pair fits by construction, which the type system cannot follow through the union. */
export function operatorOf(node: Node): Operator<OpName> {
  const operator = OPERATORS[node.op];
  if (operator !== undefined) return operator as unknown as Operator<OpName>;
  throw new UnsupportedError('E-OPERATOR', `node '${node.name}'`, `needs ${node.op}, which is missing`, 'Use another');
}

/** A node with its tensors looked up. */
export function siteOf(graph: Graph, node: Node): Site<OpName> {
  return { node: node as Site<OpName>['node'], inputs: inputTensors(graph, node), outputs: outputTensors(graph, node) };
}

/** Multiply-accumulates of one inference of the whole graph. */
export function macsOf(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + operatorOf(node).macs(siteOf(graph, node)), 0);
}
