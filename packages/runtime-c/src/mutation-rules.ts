import type { CRegion, CSource } from './c-source.js';

/** One change of the text: `before` at `at` becomes `after`. */
export interface Edit {
  readonly at: number;
  readonly before: string;
  readonly after: string;
}

/** A kind of mistake that a code generator could make, and all places of a source where it can be made. */
export interface MutationRule {
  readonly name: string;
  readonly sites: (source: CSource) => Edit[];
}

/**
 * The mutations are chosen so that none is equivalent to the original on paper: a changed value is far from the right one,
 * a bound is tightened and not widened, a comparison is turned round and not given its equals sign. Left out is what cannot
 * show in eight bits of output: single units of the softmax's 31-bit fixed point (its last table entries, the cubic term of
 * its series, the rounding of its multiplications), the upper end of the exponential, which no softmax comes near, and loops
 * of one turn. Entries of tables change so that a unit that never fires begins to fire.
 */
export const MUTATION_RULES: readonly MutationRule[] = [
  tableRule(
    'weight',
    /weights$/,
    (value) => (value < 64 ? 127 : -127),
    (value) => value + 100,
  ),
  tableRule(
    'bias',
    /bias$/,
    (value) => value + 20_000,
    (value) => value + 1,
  ),
  tableRule(
    'multiplier',
    /multiplier$/,
    (value) => -value,
    (value) => -value,
  ),
  tableRule(
    'channel shift',
    /shift$/,
    () => 20,
    (value) => value,
  ),
  tableRule(
    'mean',
    /mean$/,
    (value) => value + 4 * 65_536,
    (value) => value + 4,
  ),
  tableRule(
    'deviation',
    /deviation$/,
    (value) => -value,
    (value) => -value,
  ),
  functionRule('loop bound', isKernel, /(?<== \d+; \w+ < )\d+(?=; \w+\+\+)/g, ([bound]) => above(1, bound, -1)),
  functionRule('loop start', isKernel, /(?<== )0(?=; \w+ < (?!1;)\d+; \w+\+\+)/g, () => '1'),
  functionRule('index stride', isKernel, /(?<=\* )\d+(?=[\])]| \+)/g, ([stride]) => above(1, stride, -1)),
  functionRule('pointer advance', isKernel, /(?<=\b(?:tap|row|y|pixel) \+= )\d+(?=;)/g, ([step]) =>
    String(Number(step) - 1),
  ),
  functionRule('accumulation sign', isKernel, /\+=(?= \()/g, () => '-='),
  functionRule('sign of a sum', isFloatArithmetic, /\+(?= (?:product|r|polynomial\[\w+\]|y\[[^\]]*\]);)/g, () => '-'),
  functionRule('zero point', isKernel, /(?<=\+ \()-?\d+(?=\))/g, ([zeroPoint]) => String(Number(zeroPoint) + 1)),
  functionRule('lower clamp bound', isKernel, /(?<=\bclamp\([^;]*, )-?\d+(?=, -?\d+\))/g, (match) =>
    clampMiddle(match, 'low'),
  ),
  functionRule('upper clamp bound', isKernel, /(?<=\bclamp\([^;]*, -?\d+, )-?\d+(?=\))/g, (match) =>
    clampMiddle(match, 'high'),
  ),
  functionRule('relu value', isKernel, /(?<=: )0\.0f(?=;)/g, () => '1.0f'),
  functionRule('relu bound', isKernel, /(?<=> )0\.0f(?= \?)/g, () => '0.5f'),
  functionRule('comparison', anyFunction, /(?<=[\w\])] )[<>](?= [a-z]\w*(?:\[[^\]]*\])?(?: \?|\)))/g, turnRound),
  functionRule('border check', isKernel, /(?<=\b\w+ (?:>=|<) )\d+(?= (?:&&|\|\|)|\) \{)/g, ([border]) =>
    border === '0' ? '1' : String(Number(border) - 1),
  ),
  functionRule('padding', isKernel, /(?<== \w+ \+ \w+) - \d+(?=;)/g, () => ''),
  functionRule('shift amount', anyFunction, /(?<=>> )\d+/g, ([bits]) => String(Number(bits) - 1)),
  functionRule('rounding constant', isRequantization, /(?<=1 << )\d+/g, ([bits]) => String(Number(bits) - 1)),
  functionRule('rounding increment', anyFunction, /(?<=> threshold \? )1(?= : 0)/g, () => '0'),
  functionRule('arena offset', anyFunction, /(?<=&arena->\w+\[)\d+(?=\])/g, ([offset]) =>
    String(offset === '0' ? 1 : Number(offset) - 1),
  ),
  functionRule(
    'integer constant',
    isArithmetic,
    /(?<![\w.[]|= \{[^}]*|x3, )(?:0x[0-9a-f]+|[1-9]\d{2,})(?=u?(?![\w.\]]))/g,
    ([constant]) => {
      const value = Number(constant);
      return value < 200 ? null : String(Math.floor(value / 64));
    },
  ),
  functionRule('float constant', anyFunction, /(?<![\w.]|= \{[^}]*|<= )\d+\.\d+(?:e-?\d+)?(?=f\b)/g, ([constant]) =>
    Number(constant) === 0 ? null : floatText(Number(constant) / 100),
  ),
  functionRule('first table entry', anyFunction, /(?<=\[\d+\] = \{ )-?[\w.]+(?=,)/g, ([entry]) =>
    /f$/.test(entry) ? `${floatText(Number.parseFloat(entry) * 1.5)}f` : String(Math.floor(Number(entry) / 64)),
  ),
  functionRule(
    'channel index',
    isKernel,
    /(?<=\b(?:bias|multiplier|mean|inverse_deviation)\[)[a-z]\w*(?=\])/g,
    () => '0',
  ),
  functionRule('headroom', isKernel, /(?<=, )\d+(?= - headroom\))/g, ([bits]) => String(Number(bits) - 1)),
  functionRule('start of a sum', isKernel, /(?<=float sum = )0\.0f(?=;)/g, () => '1.0f'),
];

type Choose = (region: CRegion) => boolean;

/** A function that works on tensors: it has pointers and does not take the whole arena. */
function isKernel({ head }: CRegion): boolean {
  return head.includes('*') && !head.includes('arena');
}

function isArithmetic({ head }: CRegion): boolean {
  return !head.includes('arena');
}

function isFloatArithmetic({ head }: CRegion): boolean {
  return head.includes('float') && !head.includes('arena');
}

function isRequantization({ head }: CRegion): boolean {
  return !head.includes('*') && head.includes('multiplier');
}

function anyFunction(): boolean {
  return true;
}

function functionRule(
  name: string,
  chosen: Choose,
  pattern: RegExp,
  replace: (match: RegExpMatchArray) => string | null,
): MutationRule {
  const sites = ({ active, regions }: CSource): Edit[] =>
    regions
      .filter((region) => region.kind === 'function' && chosen(region))
      .flatMap(({ start, end }) => editsOf(active.slice(start, end), start, pattern, replace));
  return { name, sites };
}

function editsOf(
  body: string,
  start: number,
  pattern: RegExp,
  replace: (match: RegExpMatchArray) => string | null,
): Edit[] {
  return [...body.matchAll(pattern)].flatMap((match) => {
    const after = replace(match);
    return after === null || after === match[0] ? [] : [{ at: start + match.index, before: match[0], after }];
  });
}

/** Changes one entry of a table of constants at file scope. */
function tableRule(
  name: string,
  tables: RegExp,
  integer: (value: number) => number,
  float: (value: number) => number,
): MutationRule {
  const replace = ([entry]: RegExpMatchArray): string | null => {
    const isFloat = entry!.endsWith('f');
    const value = Number.parseFloat(entry!);
    const changed = isFloat ? float(value) : integer(value);
    return changed === value ? null : isFloat ? `${floatText(changed)}f` : String(changed);
  };
  const sites = ({ active, regions }: CSource): Edit[] =>
    regions
      .filter((region) => region.kind === 'table' && tables.test(region.name))
      .flatMap(({ start, end }) => editsOf(active.slice(start, end), start, /-?\d[\w.]*(?:e-\d+f)?/g, replace));
  return { name, sites };
}

function above(least: number, text: string | undefined, change: number): string | null {
  const value = Number(text);
  return value > least ? String(value + change) : null;
}

function turnRound([comparison]: RegExpMatchArray): string {
  return comparison === '<' ? '>' : '<';
}

/** The middle between both bounds of a call that ends with them: half of the range is then cut off. */
function clampMiddle(match: RegExpMatchArray, bound: 'low' | 'high'): string | null {
  const around = match.input!.slice(Math.max(0, match.index! - 16), match.index! + 32);
  const bounds = [...around.matchAll(/(-?\d+), (-?\d+)\)/g)].find(
    (pair) => (bound === 'low' ? pair[1] : pair[2]) === match[0],
  );
  return bounds === undefined ? null : String(Math.floor((Number(bounds[1]) + Number(bounds[2])) / 2));
}

/** A decimal that C reads as the same single (nine digits tell any two apart); JavaScript writes integers without the point that C wants before `f`. */
function floatText(value: number): string {
  const text = String(Number(Math.fround(value).toPrecision(9)));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
