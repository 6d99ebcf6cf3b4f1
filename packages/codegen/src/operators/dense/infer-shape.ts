import { type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';

/** [N, n] and [m, n] -> [N, m]. */
export function inferShapes(node: NodeOf<'dense'>, [x, weights, bias]: readonly Tensor[]): readonly Shape[] {
  const where = `node '${node.name}'`;
  if (x?.shape.length !== 2) {
    const message = `input '${x?.name}' has shape [${x?.shape.join(', ')}], expected [rows, features]`;
    throw new ShapeError('E-DENSE-RANK', where, message, 'Put a Flatten layer before it');
  }
  const [units, features] = weights?.shape ?? [];
  if (weights?.shape.length !== 2 || x.shape[1] !== features) {
    const message = `input '${x.name}' has ${x.shape[1]} features, weights expect ${features}`;
    throw new ShapeError('E-DENSE-FEATURES', where, message, 'Check the layer that produces the input');
  }
  if (units === undefined || bias?.shape.length !== 1 || bias.shape[0] !== units) {
    const message = `bias has shape [${bias?.shape.join(', ')}], expected [${units}]`;
    throw new ShapeError('E-DENSE-BIAS', where, message, 'Save the model again with its weights');
  }
  return [[x.shape[0]!, units]];
}
