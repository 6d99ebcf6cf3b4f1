import { type Graph, type Node, type OpName, tensorOf } from '@kiln/ir';
import { operatorOf } from '../operators/index.js';
import type { ActivationType, Quantizer } from '../operators/operator.js';

/** How the outputs of a node of the float graph get their scales, if its operator computes with such integers at all. */
export function outputRule(graph: Graph, node: Node, dtype: ActivationType): Quantizer<OpName>['output'] {
  const { quantizer, dtypes } = operatorOf(node);
  const first = tensorOf(graph, node.inputs[0]!);
  return first.dtype === 'float32' && !dtypes.includes(dtype) ? 'float32' : quantizer.output;
}

/** Whether the operator wants all its operands and its result on one scale: it compares or moves the integers as they are. */
export function sharesScale(node: Node): boolean {
  return operatorOf(node).quantizer.output === 'as-input' && node.inputs.length > 1;
}
