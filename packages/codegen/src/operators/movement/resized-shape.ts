import type { NodeOf, Shape } from '@kiln/ir';
import { shapeFault } from './shape-fault.js';

/** [N, H, W, C] -> [N, H', W', C]. Throws `ShapeError` for other ranks and for sizes below 1. */
export function resizedShape(node: NodeOf<'resizeBilinear' | 'resizeNearest'>, shape: Shape): Shape {
  const [height, width] = node.attributes.size;
  if (shape.length !== 4 || !(height >= 1) || !(width >= 1)) {
    const found = `[${shape.join(', ')}] for the size ${height} x ${width}`;
    throw shapeFault('E-RESIZE', node, `found ${found}, expected [N, H, W, C] and a size of at least 1 x 1`);
  }
  return [shape[0]!, height, width, shape[3]!];
}
