import { type DType, elementCount, type NumberData, type OpName, type Tensor, type TensorData } from '@kiln/ir';
import { cAnyFloat, cInt, cInt64 } from '../../emit/c-literal.js';
import type { TemplateData } from '../../emit/render.js';
import type { ConstantTable, Kernel } from '../kernel.js';
import { forEachTurn, type Nest, type NestOperand, nestText } from '../nest.js';
import type { Evaluate } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';

/** A number that is written into every element that the nest visits. */
export interface Fill {
  readonly fill: number | bigint;
}

/** Adds `values[place] * stride` to the element that is read: a dimension that is walked in no regular steps. */
export interface Lookup {
  /** Name of the table in the C. */
  readonly role: string;
  readonly values: NumberData;
  readonly stride: number;
  readonly place: NestOperand;
}

/** Lets only those turns count at which 0 <= place < size. */
export interface Guard {
  readonly place: NestOperand;
  readonly size: number;
}

/** One nest of assignments: operand 0 is the element of output `to` that is written, operand 1 the one of input `from`. */
export interface Move {
  readonly to: number;
  readonly from: number | Fill;
  readonly nest: Nest;
  readonly lookups?: readonly Lookup[];
  readonly guards?: readonly Guard[];
}

/** What an operator that only moves elements does, in order. */
export type MovesOf<K extends OpName> = (site: Site<K>) => readonly Move[];

/** The nest with the places of lookups and guards as further operands, in this order. */
export function wholeNest({ nest, lookups = [], guards = [] }: Move): Nest {
  return { ...nest, operands: [...nest.operands, ...[...lookups, ...guards].map(({ place }) => place)] };
}

/** The evaluation of any such operator, for every dtype. */
export function moveReference<K extends OpName>(movesOf: MovesOf<K>): (site: Site<K>) => Evaluate {
  return (site) => {
    const moves = movesOf(site);
    return (inputs, outputs) => moves.forEach((move) => evaluateMove(move, inputs, outputs));
  };
}

function evaluateMove(move: Move, inputs: readonly NumberData[], outputs: readonly NumberData[]): void {
  const { from, lookups = [], guards = [] } = move;
  const target = outputs[move.to]!;
  const first = move.nest.operands.length;
  forEachTurn(wholeNest(move), (at) => {
    const outside = guards.some(({ size }, g) => {
      const place = at[first + lookups.length + g]!;
      return place < 0 || place >= size;
    });
    if (outside) return;
    // An int64 tensor is a BigInt64Array, whose elements are moved without a look.
    if (typeof from !== 'number') target[at[0]!] = from.fill as number;
    else {
      const source = lookups.reduce((sum, { values, stride }, l) => sum + values[at[first + l]!]! * stride, at[1]!);
      target[at[0]!] = inputs[from]![source]!;
    }
  });
}

/** The C of any such operator, for every dtype; its inputs are called x, or x0, x1, ..., unless `inputNames` says otherwise. */
export function moveKernel<K extends OpName>(
  op: K,
  formula: string,
  movesOf: MovesOf<K>,
  inputNames?: readonly string[],
): Kernel<K> {
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
      const names = operandNames(site, inputNames);
      const moves = movesOf(site);
      const tables = [...usedConstants(site, moves, names.inputs), ...lookupTables(moves)];
      return {
        data: {
          formula,
          parameters: parameterText(site, { tables }, names, false),
          moves: moves.map((move) => moveText(move, names, site.outputs[move.to]!.dtype)),
        },
        tables,
        scratch: [],
        supports: [],
      };
    },
  };
}

/** Tables of the constant inputs that a move reads; others are part of the text. */
function usedConstants<K extends OpName>(site: Site<K>, moves: readonly Move[], names: readonly string[]) {
  const read = new Set(moves.map(({ from }) => (typeof from === 'number' ? names[from] : undefined)));
  return constantTables(site, names).filter(({ role }) => read.has(role));
}

function lookupTables(moves: readonly Move[]): ConstantTable[] {
  const lookups = new Map(moves.flatMap(({ lookups = [] }) => lookups.map((lookup) => [lookup.role, lookup])));
  return [...lookups.values()].map(({ role, values }) => ({
    role,
    values,
    comment: 'where along its dimension each element comes from',
  }));
}

function moveText(move: Move, names: ReturnType<typeof operandNames>, dtype: DType): TemplateData {
  const { to, from, lookups = [], guards = [], nest } = move;
  const { indices, indent, closings, loops } = nestText(wholeNest(move));
  const first = nest.operands.length;
  const looked = lookups.map(({ role, stride }, l) => {
    const value = `${role}[${indices[first + l]}]`;
    return stride === 1 ? value : `(int32_t)${value} * ${cInt(stride)}`;
  });
  const conditions = guards.flatMap((guard, g) => guardTexts(guard, indices[first + lookups.length + g]!, nest));
  const guarded = conditions.length > 0;
  return {
    loops,
    indent: guarded ? `${indent}    ` : indent,
    closings: guarded ? [`${indent}}`, ...closings] : closings,
    guarded,
    guardIndent: indent,
    condition: conditions.join(' && '),
    target: `${names.outputs[to]}[${indices[0]}]`,
    source:
      typeof from === 'number'
        ? `${names.inputs[from]}[${sumText([indices[1]!, ...looked])}]`
        : literalText(from.fill, dtype),
  };
}

/** The conditions of a guard that can fail in this nest. */
function guardTexts({ place, size }: Guard, text: string, { sizes }: Nest): string[] {
  const spans = place.strides.map((stride, d) => stride * (sizes[d]! - 1));
  const least = spans.reduce((sum, span) => sum + Math.min(span, 0), place.offset);
  const greatest = spans.reduce((sum, span) => sum + Math.max(span, 0), place.offset);
  return [...(least < 0 ? [`${text} >= 0`] : []), ...(greatest >= size ? [`${text} < ${cInt(size)}`] : [])];
}

/** Terms with a plus between them, without those that are 0. */
export function sumText(terms: readonly string[]): string {
  return terms.filter((term) => term !== '0').join(' + ') || '0';
}

/** A number as a C literal of that dtype. */
export function literalText(value: number | bigint, dtype: DType): string {
  if (typeof value === 'bigint') return cInt64(value);
  return dtype === 'float32' ? cAnyFloat(value) : dtype === 'int64' ? cInt64(BigInt(value)) : cInt(value);
}

/** What stands for 0 in a tensor: the zero point of integers that have one. */
export function zeroOf({ dtype, quantization }: Tensor): number | bigint {
  return dtype === 'int64' ? 0n : (quantization?.zeroPoint[0] ?? 0);
}

/** The one element of a constant scalar; null if it is no constant. */
export function scalarOf({ data }: Tensor): number | bigint | null {
  return (data as TensorData | null)?.[0] ?? null;
}

/** The names that the operator gives; else `x` and `y`, with a number where there are several. */
function operandNames<K extends OpName>({ inputs, outputs }: Site<K>, inputNames?: readonly string[]) {
  const numbered = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => (count === 1 ? letter : `${letter}${i}`));
  return { inputs: inputNames ?? numbered('x', inputs.length), outputs: numbered('y', outputs.length) };
}
