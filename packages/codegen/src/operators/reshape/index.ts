import { elementCount, ShapeError } from '@kiln/ir';
import { VIEW, type Operator } from '../operator.js';

/** A view: nothing is computed or copied. Keras's Flatten is one too. */
export const reshape: Operator<'reshape'> = {
  op: 'reshape',
  summary: 'the same elements under another shape',
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'],
  exactness: 'exact',
  memory: () => VIEW,
  inferShapes: (node, [x]) => {
    const { shape } = node.attributes;
    const count = elementCount(x!.shape);
    const known = elementCount(shape.filter((size) => size !== -1));
    const resolved = shape.map((size) => (size === -1 ? count / known : size));
    if (
      shape.filter((size) => size === -1).length > 1 ||
      elementCount(resolved) !== count ||
      !resolved.every(Number.isInteger)
    ) {
      const message = `turns [${x!.shape.join(', ')}], ${count} elements, into [${shape.join(', ')}], expected as many elements`;
      throw new ShapeError('E-RESHAPE', `node '${node.name}'`, message, 'Check the target shape');
    }
    return [resolved];
  },
  reference:
    () =>
    ([input], [output]) =>
      output!.set(input!),
  quantizer: { output: 'as-input', constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [],
};
