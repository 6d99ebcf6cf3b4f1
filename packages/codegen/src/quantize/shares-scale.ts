import type { Node } from '@kiln/ir';
import { operatorOf } from '../operators/index.js';

/** Whether the operator wants all its operands and its result on one scale: it compares or moves the integers as they are. */
export function sharesScale(node: Node): boolean {
  return operatorOf(node).quantizer.output === 'as-input' && node.inputs.length > 1;
}
