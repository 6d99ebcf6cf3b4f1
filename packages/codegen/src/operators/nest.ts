import { InvariantError, type Shape } from '@kiln/ir';
import { cInt } from '../emit/c-literal.js';
import type { TemplateData } from '../emit/render.js';

/** Where an operand's elements are: element (i0, i1, ...) of the nest is its element offset + sum of i_d * strides[d]. */
export interface NestOperand {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Loops within loops, the outermost first, and what each operand shows at every turn. Strides of 0 repeat an element. */
export interface Nest {
  readonly sizes: readonly number[];
  readonly operands: readonly NestOperand[];
}

/** Elements between neighbours along each dimension of a row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

/** A tensor of that shape, from its first element on. */
export function wholeTensor(shape: Shape): NestOperand {
  return { offset: 0, strides: stridesOf(shape) };
}

/** A tensor of `shape` as it shows when broadcast to `target`: leading dimensions are added, sizes of 1 repeated. */
export function broadcastOperand(shape: Shape, target: Shape): NestOperand {
  const own = stridesOf(shape);
  const missing = target.length - shape.length;
  return {
    offset: 0,
    strides: target.map((_, d) => (d < missing || shape[d - missing] === 1 ? 0 : own[d - missing]!)),
  };
}

/**
 * The same turns in the same order with as few loops as possible: loops of one turn go, and two that every operand walks
 * through as if they were one become one.
 */
export function collapseNest({ sizes, operands }: Nest): Nest {
  const kept: number[] = [];
  const strides: number[][] = operands.map(() => []);
  sizes.forEach((size, d) => {
    if (size === 1) return;
    const last = kept.length - 1;
    const joins = last >= 0 && operands.every((operand, k) => strides[k]![last] === operand.strides[d]! * size);
    if (joins) {
      kept[last] = kept[last]! * size;
      operands.forEach((operand, k) => (strides[k]![last] = operand.strides[d]!));
    } else {
      kept.push(size);
      operands.forEach((operand, k) => strides[k]!.push(operand.strides[d]!));
    }
  });
  return { sizes: kept, operands: operands.map(({ offset }, k) => ({ offset, strides: strides[k]! })) };
}

/** Visits every turn in order with the operands' element numbers, in an array that is used again. */
export function forEachTurn({ sizes, operands }: Nest, visit: (positions: Int32Array) => void): void {
  const positions = Int32Array.from(operands, ({ offset }) => offset);
  const walk = (d: number): void => {
    if (d === sizes.length) {
      visit(positions);
      return;
    }
    for (let i = 0; i < sizes[d]!; i++) {
      walk(d + 1);
      operands.forEach(({ strides }, k) => (positions[k]! += strides[d]!));
    }
    operands.forEach(({ strides }, k) => (positions[k]! -= strides[d]! * sizes[d]!));
  };
  if (!sizes.includes(0)) walk(0);
}

/** Names of the loops' variables, the outermost first. */
const VARIABLES = ['i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'];

/** As deep as loops can be nested, once collapsed. */
export const MOST_LOOPS = VARIABLES.length;

/** A nest as text for a template: the loops' heads, the body's indent, each operand's index, the closing braces. */
export interface NestText {
  readonly loops: readonly TemplateData[];
  readonly indent: string;
  readonly indices: readonly string[];
  readonly closings: readonly string[];
}

/** The nest, collapsed, as C text that starts `depth` levels deep. */
export function nestText(nest: Nest, depth = 1): NestText {
  const { sizes, operands } = collapseNest(nest);
  if (sizes.length > VARIABLES.length) {
    throw new InvariantError(
      'E-NEST-DEPTH',
      'loop nest',
      `has ${sizes.length} loops, expected at most ${VARIABLES.length}`,
    );
  }
  const indentOf = (level: number): string => '    '.repeat(depth + level);
  return {
    loops: sizes.map((size, d) => ({ indent: indentOf(d), variable: VARIABLES[d]!, size: cInt(size) })),
    indent: indentOf(sizes.length),
    indices: operands.map(indexText),
    closings: sizes.map((_, d) => `${indentOf(sizes.length - 1 - d)}}`),
  };
}

/** `offset + i * stride + ...`, without the parts that do nothing. */
function indexText({ offset, strides }: NestOperand): string {
  const terms = strides.flatMap((stride, d) =>
    stride === 0 ? [] : [{ negative: stride < 0, text: term(VARIABLES[d]!, Math.abs(stride)) }],
  );
  if (offset !== 0) terms.push({ negative: offset < 0, text: cInt(Math.abs(offset)) });
  // What is added comes first, so that no index starts with a minus.
  const ordered = [...terms.filter(({ negative }) => !negative), ...terms.filter(({ negative }) => negative)];
  return (
    ordered.map(({ negative, text }, i) => (i === 0 ? text : `${negative ? ' - ' : ' + '}${text}`)).join('') || '0'
  );
}

function term(variable: string, stride: number): string {
  return stride === 1 ? variable : `${variable} * ${cInt(stride)}`;
}
