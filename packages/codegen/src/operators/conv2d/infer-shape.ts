import { type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';
import { windowGeometry } from '../window.js';

/** [N, H, W, C_in] and [C_out, K_h, K_w, C_in / groups] -> [N, H', W', C_out]. */
export function inferShapes(node: NodeOf<'conv2d'>, [x, weights, bias]: readonly Tensor[]): readonly Shape[] {
  const where = `node '${node.name}'`;
  if (x?.shape.length !== 4 || weights?.shape.length !== 4) {
    const message = `input '${x?.name}' has ${x?.shape.length} dimensions, a convolution needs 4: batch, height, width, channels`;
    throw new ShapeError('E-CONV2D-RANK', where, message, 'Check the layer that produces the input');
  }
  const [filters, height, width, depth] = weights.shape as [number, number, number, number];
  const channels = x.shape[3]!;
  if (depth === 0 || channels % depth !== 0 || filters % (channels / depth) !== 0) {
    const message = `input '${x.name}' has ${channels} channels, weights expect ${depth}`;
    throw new ShapeError('E-CONV2D-CHANNELS', where, message, 'Check the layer that produces the input');
  }
  if (bias?.shape.length !== 1 || bias.shape[0] !== filters) {
    const message = `bias has shape [${bias?.shape.join(', ')}], expected [${filters}]`;
    throw new ShapeError('E-CONV2D-BIAS', where, message, 'Save the model again with its weights');
  }
  const { batches, output } = windowGeometry(x.shape, [height, width], node.attributes);
  if (output[0] < 1 || output[1] < 1) {
    const message = `a ${height}x${width} kernel finds no place in an input of ${x.shape[1]}x${x.shape[2]}`;
    throw new ShapeError('E-CONV2D-EMPTY', where, message, "Use padding 'same' or a smaller kernel");
  }
  return [[batches, output[0], output[1], filters]];
}
