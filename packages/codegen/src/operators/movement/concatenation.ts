import { equalShapes } from '@kiln/ir';
import { stridesOf, wholeTensor } from '../nest.js';
import { SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

function moves({ node, inputs, outputs }: Site<'concatenation'>): Move[] {
  const strides = stridesOf(outputs[0]!.shape);
  let before = 0;
  return inputs.map(({ shape }, from) => {
    const y = { offset: before * strides[node.attributes.axis]!, strides };
    before += shape[node.attributes.axis]!;
    return { to: 0, from, nest: { sizes: shape, operands: [y, wholeTensor(shape)] } };
  });
}

/** Integers of several scales are refused: TensorFlow Lite Micro would move them as if they had one. */
export const concatenation = movingOperator({
  op: 'concatenation',
  summary: 'all inputs, one behind the other along the axis',
  formula: 'y = the inputs, one behind the other',
  moves,
  memory: () => SEPARATE,
  inferShapes: (node, inputs) => {
    const { axis } = node.attributes;
    const [first] = inputs;
    if (first === undefined || axis >= first.shape.length) {
      const found = first === undefined ? 'no input' : `an input of ${first.shape.length} dimensions`;
      throw shapeFault(
        'E-CONCATENATION-AXIS',
        node,
        `found the axis ${axis} and ${found}, expected an axis of its inputs`,
      );
    }
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
    const joined = first.shape.map((size, d) => (d === axis ? total : size));
    for (const { name, shape } of inputs) {
      if (
        equalShapes(
          shape.map((size, d) => (d === axis ? total : size)),
          joined,
        )
      )
        continue;
      const message = `found '${name}' of shape [${shape.join(', ')}], expected [${first.shape.join(', ')}] but for dimension ${axis}`;
      throw shapeFault('E-CONCATENATION-SHAPE', node, message);
    }
    return [joined];
  },
});
