import { elementCount, type NodeOf, type Shape } from '@kiln/ir';
import { forEachTurn, type Nest, nestText, wholeTensor } from '../nest.js';
import type { Kernel } from '../kernel.js';
import { type Operator, SEPARATE } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { literalText, scalarOf } from './move.js';
import { movedTypeProblems } from './moved-types.js';
import { shapeFault } from './shape-fault.js';

/** Loops over what is before the new axis, the axis, and what is behind: the output, the index, the number it must be. */
function nestOf({ node, inputs }: Site<'oneHot'>): Nest {
  const { axis, depth } = node.attributes;
  const { shape } = inputs[0]!;
  const [outer, inner] = [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))];
  const sizes = [outer, depth, inner];
  const index = { offset: 0, strides: [inner, 0, 1] };
  return { sizes, operands: [wholeTensor(sizes), index, { offset: 0, strides: [0, 1, 0] }] };
}

const NAMES = { inputs: ['indices', 'on', 'off'], outputs: ['y'] };

const kernel: Kernel<'oneHot'> = {
  name: 'one-hot',
  isa: 'portable',
  template: 'operators/movement/kernels/one-hot.portable.c.hbs',
  accepts: () => true,
  cost: ({ outputs }) => ({ instructions: 6 * elementCount(outputs[0]!.shape), constantBytes: 0 }),
  lower: (site) => {
    const tables = constantTables(site, NAMES.inputs).filter(({ role }) => role === 'indices');
    const { indices, ...text } = nestText(nestOf(site));
    const valueText = (input: number): string => {
      const known = scalarOf(site.inputs[input]!);
      return known === null ? `${NAMES.inputs[input]}[0]` : literalText(known, site.outputs[0]!.dtype);
    };
    return {
      data: {
        ...text,
        parameters: parameterText(site, { tables }, NAMES, false),
        target: `y[${indices[0]}]`,
        index: `indices[${indices[1]}]`,
        number: indices[2]!,
        on: valueText(1),
        off: valueText(2),
      },
      tables,
      scratch: [],
      supports: [],
    };
  },
};

function inferShapes(node: NodeOf<'oneHot'>, shape: Shape): Shape {
  const { axis, depth } = node.attributes;
  if (!(axis >= 0 && axis <= shape.length) || !(depth >= 1)) {
    const message = `found the depth ${depth} along the axis ${axis} of [${shape.join(', ')}], expected 1 or more along 0 to ${shape.length}`;
    throw shapeFault('E-ONE-HOT', node, message);
  }
  return [...shape.slice(0, axis), depth, ...shape.slice(axis)];
}

/** An index out of range is nowhere on. Source: TensorFlow Lite, kernels/one_hot.cc. */
export const oneHot: Operator<'oneHot'> = {
  op: 'oneHot',
  summary: 'y[..., i, ...] = on where the index is i, otherwise off',
  dtypes: ['int32', 'int64'],
  exactness: 'exact',
  memory: () => SEPARATE,
  inferShapes: (node, [indices]) => [inferShapes(node, indices!.shape)],
  problems: (site) => [
    ...movedTypeProblems(site, [1, 2]),
    ...site.inputs.slice(1).flatMap(({ name, shape, data }) => {
      if (elementCount(shape) !== 1) return [`found '${name}' of ${elementCount(shape)} elements, expected 1`];
      const known = Number(data?.[0] ?? 0);
      return Number.isFinite(known) ? [] : [`found the value ${known} in '${name}', expected a finite one`];
    }),
  ],
  reference: (site) => {
    const nest = nestOf(site);
    return ([indices, on, off], [y]) =>
      forEachTurn(nest, (at) => {
        y![at[0]!] = (Number(indices![at[1]!]) === at[2]! ? on! : off!)[0]!;
      });
  },
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [kernel],
};
