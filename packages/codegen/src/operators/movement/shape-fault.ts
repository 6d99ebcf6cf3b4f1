import { type ErrorCode, type Node, ShapeError } from '@kiln/ir';

/** A shape error of a node. `message` says what was found and what was expected. */
export function shapeFault(code: ErrorCode, node: Pick<Node, 'name'>, message: string): ShapeError {
  return new ShapeError(code, `node '${node.name}'`, message, 'Check its attributes and the shapes of its inputs');
}
