import { type Node, type Shape, ShapeError, type Tensor } from '@kiln/ir';

/** The shape that all inputs show when each size of 1 is repeated. Throws `ShapeError`. Source: NumPy's broadcasting. */
export function broadcastShapes(node: Pick<Node, 'name'>, inputs: readonly Tensor[]): Shape {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, d) => {
    const sizes = inputs.map(({ shape }) => shape[d - rank + shape.length] ?? 1);
    const size = sizes.find((length) => length !== 1) ?? 1;
    if (sizes.every((length) => length === 1 || length === size)) return size;
    const found = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
    const message = `combines ${found}, expected sizes that are equal or 1`;
    throw new ShapeError('E-POINTWISE-SHAPES', `node '${node.name}'`, message, 'Check the layers before it');
  });
}
