import { type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';
import { windowGeometry } from '../window.js';

/** [N, H, W, C] -> [N, H', W', C]. */
export function inferShapes(node: NodeOf<'maxPool2d'>, [x]: readonly Tensor[]): readonly Shape[] {
  const where = `node '${node.name}'`;
  if (x?.shape.length !== 4) {
    const message = `input '${x?.name}' has ${x?.shape.length} dimensions, pooling needs 4: batch, height, width, channels`;
    throw new ShapeError('E-MAX-POOL-RANK', where, message, 'Check the layer that produces the input');
  }
  const { window } = node.attributes;
  const { batches, output } = windowGeometry(x.shape, window, node.attributes);
  if (output[0] < 1 || output[1] < 1) {
    const message = `a ${window.join('x')} window finds no place in an input of ${x.shape[1]}x${x.shape[2]}`;
    throw new ShapeError('E-MAX-POOL-EMPTY', where, message, "Use padding 'same' or a smaller window");
  }
  return [[batches, output[0], output[1], x.shape[3]!]];
}
