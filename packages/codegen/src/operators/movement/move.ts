import { elementCount, type OpName } from '@kiln/ir';
import type { TemplateData } from '../../emit/render.js';
import type { ConstantTable, Kernel } from '../kernel.js';
import { forEachTurn, type Nest, nestText } from '../nest.js';
import type { Evaluate } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';

/** One nest of assignments: an element of output `to` becomes an element of input `from`. Operand 0 is the output's. */
export interface Move {
  readonly to: number;
  readonly from: number;
  readonly nest: Nest;
}

/** What an operator that only moves elements does, in order. */
export type MovesOf<K extends OpName> = (site: Site<K>) => readonly Move[];

/** The evaluation of any such operator, for every dtype. */
export function moveReference<K extends OpName>(movesOf: MovesOf<K>): (site: Site<K>) => Evaluate {
  return (site) => {
    const moves = movesOf(site);
    return (inputs, outputs) => {
      for (const { to, from, nest } of moves) {
        const [target, source] = [outputs[to]!, inputs[from]!];
        forEachTurn(nest, (at) => (target[at[0]!] = source[at[1]!]!));
      }
    };
  };
}

/** The C of any such operator, for every dtype. */
export function moveKernel<K extends OpName>(op: K, formula: string, movesOf: MovesOf<K>): Kernel<K> {
  return {
    name: `${op}-move`,
    isa: 'portable',
    template: 'operators/movement/kernels/move.portable.c.hbs',
    accepts: () => true,
    cost: (site) => ({
      instructions: 6 * site.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0),
      constantBytes: 0,
    }),
    lower: (site) => {
      const names = operandNames(site);
      const tables: ConstantTable[] = constantTables(site, names.inputs);
      return {
        data: {
          formula,
          parameters: parameterText(site, { tables }, names, false),
          moves: movesOf(site).map((move) => moveText(move, names)),
        },
        tables,
        scratch: [],
        supports: [],
      };
    },
  };
}

function moveText({ to, from, nest }: Move, names: ReturnType<typeof operandNames>): TemplateData {
  const { indices, ...text } = nestText(nest);
  return { ...text, target: `${names.outputs[to]}[${indices[0]}]`, source: `${names.inputs[from]}[${indices[1]}]` };
}

/** `x` and `y`, or with a number where there are several. */
function operandNames<K extends OpName>({ inputs, outputs }: Site<K>) {
  const numbered = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => (count === 1 ? letter : `${letter}${i}`));
  return { inputs: numbered('x', inputs.length), outputs: numbered('y', outputs.length) };
}
