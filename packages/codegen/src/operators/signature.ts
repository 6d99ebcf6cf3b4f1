import type { OpName, Tensor } from '@kiln/ir';
import { C_TYPE, cTypeOf } from '../emit/c-types.js';
import type { ConstantTable, Scratch } from './kernel.js';
import type { Site } from './site.js';

/** Names of a kernel's parameters. */
export interface ParameterNames {
  /** One for each input of the node. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly scratch?: readonly string[];
}

/** Before the type of what stands in a table: such memory may have addresses of its own, see `flash-space.ts`. */
export const FLASH = 'KILN_FLASH ';

/** The longest line of a signature, up to the kernel's name. */
const COLUMNS = 96;

/**
 * The parameters of a kernel as C text, in the order of the call: inputs that are no constants, tables, outputs, scratch
 * memory. With `mayOverlap` inputs and outputs are not `restrict`: an output may lie on an input; with `all` scratch memory too.
 */
export function parameterText<K extends OpName>(
  site: Site<K>,
  { tables, scratch = [] }: { readonly tables: readonly ConstantTable[]; readonly scratch?: readonly Scratch[] },
  names: ParameterNames,
  mayOverlap: boolean | 'all',
): string {
  const pointer = (type: string, name: string, plain = mayOverlap !== false): string =>
    `${type} *${plain ? '' : 'restrict '}${name}`;
  const words = [
    ...site.inputs.flatMap(({ data, dtype }, i) =>
      data === null ? [pointer(`const ${C_TYPE[dtype]}`, names.inputs[i]!)] : [],
    ),
    ...tables.map(({ role, values, isOperand }) =>
      pointer(`const ${isOperand === true ? '' : FLASH}${cTypeOf(values)}`, role, mayOverlap !== false),
    ),
    ...site.outputs.map(({ dtype }, i) => pointer(C_TYPE[dtype], names.outputs[i]!)),
    ...scratch.map(({ dtype }, i) => pointer(C_TYPE[dtype], names.scratch![i]!, mayOverlap === 'all')),
  ];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= COLUMNS) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines.join(',\n    ');
}

/** A table for each input that is a constant, under the name that the input has in the kernel. */
export function constantTables<K extends OpName>(
  { inputs }: Site<K>,
  names: readonly string[],
  comment: (tensor: Tensor, name: string) => string = ({ shape }) => shape.join('x') || 'scalar',
): ConstantTable[] {
  return inputs.flatMap((tensor, i) =>
    tensor.data === null ? [] : [{ role: names[i]!, values: tensor.data, comment: comment(tensor, names[i]!) }],
  );
}
