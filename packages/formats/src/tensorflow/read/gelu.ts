import { type Graph, UnsupportedError } from '@kiln/ir';
import type { Construction, NodeContext } from './node-context.js';
import type { Constant, Flowing, Tensorial } from './value.js';

/**
 * The result of Erf or Erfc, which Kiln has within GELU alone: a tensor that nobody writes, until a product is found to be one.
 *
 *   gelu(x) = 0.5 * x * (1 + erf(x / sqrt(2))) = 0.5 * x * erfc(-x / sqrt(2))
 *
 * Source: Hendrycks and Gimpel 2016.
 */
export function erf(context: NodeContext, x: Tensorial): Flowing {
  if (x.kind !== 'flowing') throw context.unsupported('E-GRAPHDEF-ERF', 'reads a constant, expected a part of GELU');
  const { editor, erfs } = context.construction;
  const { shape, dtype } = x;
  const id = editor.addTensor({ name: context.name, shape, dtype, quantization: null, data: null });
  erfs.set(id, { x, where: context.where, isComplement: context.node.op === 'Erfc' });
  return { kind: 'flowing', id, shape, dtype };
}

/** Errors: UnsupportedError for each Erf that the network needs and that is no part of a GELU. */
export function loneErfs(graph: Graph, { erfs }: Construction): UnsupportedError[] {
  const read = new Set([...graph.outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)]);
  return [...erfs]
    .filter(([id]) => read.has(id))
    .map(
      ([, { where }]) =>
        new UnsupportedError(
          'E-GRAPHDEF-ERF-ALONE',
          where,
          'is no part of a GELU, which Kiln has it in alone',
          'Change this layer',
        ),
    );
}

/** The x of a product a * b that is gelu(x), otherwise null. */
export function geluOf(context: NodeContext, a: Tensorial, b: Tensorial): Flowing | null {
  const factors = [...factorsOf(context, a), ...factorsOf(context, b)];
  const constants = factors.filter((factor): factor is Constant => factor.kind === 'constant');
  const others = factors.filter((factor): factor is Flowing => factor.kind === 'flowing');
  if (others.length !== 2 || !isNear(productOf(constants), 0.5)) return null;
  for (const [x, gate] of [others, [...others].reverse()] as [Flowing, Flowing][]) {
    if (gateInput(context, gate)?.id === x.id) return x;
  }
  return null;
}

/** The x of 1 + erf(x / sqrt(2)), or of erfc(-x / sqrt(2)), which is the same; otherwise null. */
function gateInput({ construction: { makers, erfs } }: NodeContext, gate: Flowing): Flowing | null {
  const sum = makers.get(gate.id);
  const [one] = sum?.constants ?? [];
  const isSum = sum?.op === 'add' && one?.kind === 'constant' && isNear(productOf([one]), 1);
  const found = erfs.get(isSum ? sum.x.id : gate.id);
  if (found === undefined || found.isComplement === isSum) return null;
  let x = found.x;
  let factor = 1;
  for (let steps = 0; steps < 3; steps++) {
    const maker = makers.get(x.id);
    const [scale] = maker?.constants ?? [];
    const by = scale?.kind === 'constant' ? productOf([scale]) : Number.NaN;
    if (maker?.op === 'neg') factor = -factor;
    else if (maker?.op === 'mul' && !Number.isNaN(by)) factor *= by;
    else if (maker?.op === 'div' && !Number.isNaN(by)) factor /= by;
    else break;
    x = maker.x;
    if (isNear(factor, isSum ? Math.SQRT1_2 : -Math.SQRT1_2)) return x;
  }
  return null;
}

function factorsOf({ construction }: NodeContext, value: Tensorial): Tensorial[] {
  const maker = value.kind === 'flowing' ? construction.makers.get(value.id) : undefined;
  return maker?.op === 'mul' ? [maker.x, ...maker.constants] : [value];
}

function productOf(constants: readonly Constant[]): number {
  return constants.reduce((product, { data }) => product * (data.length === 1 ? Number(data[0]) : Number.NaN), 1);
}

function isNear(value: number, expected: number): boolean {
  return Math.abs(value - expected) < 1e-6;
}
