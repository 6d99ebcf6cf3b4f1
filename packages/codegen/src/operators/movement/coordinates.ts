import { elementCount, type OpName, type Tensor } from '@kiln/ir';
import { cInt } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import type { TemplateData } from '../../emit/render.js';
import type { Kernel } from '../kernel.js';
import { forEachTurn, type Nest, nestText, type NestOperand } from '../nest.js';
import type { Evaluate } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { sumText } from './move.js';

/** A value of the indices that is one of the coordinates of what is read: it counts as the nearest of 0 to size - 1. */
export interface Coordinate {
  readonly place: NestOperand;
  readonly size: number;
  readonly stride: number;
}

/** At every turn `run` neighbours move: operand 0 of the nest is the output's first, operand 1 plus the coordinates x's. */
export interface Gathering {
  readonly nest: Nest;
  readonly coordinates: readonly Coordinate[];
  readonly run: number;
}

/** dtypes that an index can have. */
export function indexProblems(tensor: Tensor): string[] {
  return ['int16', 'int32', 'int64'].includes(tensor.dtype)
    ? []
    : [`found indices '${tensor.name}' of type ${tensor.dtype}, expected int16, int32 or int64`];
}

/** Constant indices that are not within 0 to size - 1, the first of each coordinate. `indices` is [..., sizes.length]. */
export function rangeProblems({ data, name }: Tensor, sizes: readonly number[]): string[] {
  const values = Array.from(data ?? [], Number);
  return sizes.flatMap((size, c) => {
    const outside = values.find((value, i) => i % sizes.length === c && (value < 0 || value >= size));
    return outside === undefined ? [] : [`found the index ${outside} in '${name}', expected 0 to ${size - 1}`];
  });
}

/** An index as the nearest one that exists, from an int64 too. */
export function nearestIndex(value: number | bigint, last: number): number {
  return Math.max(0, Math.min(last, Number(value)));
}

function wholeNest({ nest, coordinates }: Gathering): Nest {
  return { ...nest, operands: [...nest.operands, ...coordinates.map(({ place }) => place)] };
}

/** The evaluation of an operator that reads where its second input says. */
export function gatherReference<K extends OpName>(
  gatheringOf: (site: Site<K>) => Gathering,
): (site: Site<K>) => Evaluate {
  return (site) => {
    const gathering = gatheringOf(site);
    const nest = wholeNest(gathering);
    return ([x, indices], [y]) =>
      forEachTurn(nest, (at) => {
        const source = gathering.coordinates.reduce(
          (sum, { size, stride }, c) => sum + nearestIndex(indices![at[2 + c]!]!, size - 1) * stride,
          at[1]!,
        );
        for (let i = 0; i < gathering.run; i++) y![at[0]! + i] = x![source + i]!;
      });
  };
}

/** The C of such an operator, for every dtype of x and of the indices. */
export function gatherKernel<K extends OpName>(
  op: K,
  formula: string,
  gatheringOf: (site: Site<K>) => Gathering,
): Kernel<K> {
  const names = { inputs: ['x', 'indices'], outputs: ['y'] };
  return {
    name: `${op}-computed`,
    isa: 'portable',
    template: 'operators/movement/kernels/gather.portable.c.hbs',
    accepts: () => true,
    cost: ({ outputs }) => ({ instructions: 8 * elementCount(outputs[0]!.shape), constantBytes: 0 }),
    lower: (site) => {
      const tables = constantTables(site, names.inputs);
      const wide = site.inputs[1]!.dtype === 'int64';
      return {
        data: {
          formula,
          parameters: parameterText(site, { tables }, names, false),
          ...gatheringText(gatheringOf(site), wide),
        },
        tables,
        scratch: [],
        supports: wide ? [] : ['clamp'],
      };
    },
  };
}

function gatheringText(gathering: Gathering, wide: boolean): TemplateData {
  const { loops, indent, closings, indices } = nestText(wholeNest(gathering));
  const { coordinates, run } = gathering;
  const element = run === 1 ? '0' : 'element';
  const offsets = coordinates.map(({ stride }, c) => (stride === 1 ? `index${c}` : `index${c} * ${cInt(stride)}`));
  return {
    loops,
    indent,
    closings,
    coordinates: coordinates.map(({ size }, c) => ({
      name: `index${c}`,
      value: nearestText(`indices[${indices[2 + c]!}]`, size - 1, wide),
    })),
    repeats: run > 1,
    closing: '}',
    run: cInt(run),
    target: `y[${sumText([indices[0]!, element])}]`,
    source: `x[${sumText([indices[1]!, ...offsets, element])}]`,
  };
}

/** `nearestIndex` as C text. */
export function nearestText(index: string, last: number, wide: boolean): string {
  if (!wide) return `clamp(${index}, 0, ${cInt(last)})`;
  return `(${C_TYPE.int32})(${index} < 0 ? 0 : ${index} > ${cInt(last)} ? ${cInt(last)} : ${index})`;
}
