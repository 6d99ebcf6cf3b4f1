import { type DType, DTYPE_BYTES, type TensorId, tensorOf } from '@kiln/ir';
import { supportsOf } from '../arithmetic/support.js';
import { FLASH } from '../operators/signature.js';
import { allSteps, type KernelFunction, type Program, type Routine, type Subroutine } from '../program/program.js';
import { cComment, cInt, cValues } from './c-literal.js';
import { C_TYPE, cTypeOf } from './c-types.js';
import { callText, type Port, usesArena } from './call-text.js';
import { render, type TemplateData } from './render.js';

/** The shared arithmetic that the functions call. */
export function supportTexts(program: Program): string[] {
  return supportsOf(program.functions.flatMap(({ lowered }) => lowered.supports)).map(({ template, data }) =>
    render(template, { ...data, PREFIX: program.prefix.toUpperCase() }),
  );
}

/** What kernels share beside arithmetic, each once. */
export function partTexts({ functions, prefix }: Program): string[] {
  const parts = functions.flatMap(({ lowered }) => lowered.parts ?? []);
  const once = new Map(parts.map((part) => [part.symbol, part]));
  return [...once.values()].map(({ symbol, template, data }) =>
    render(template, { ...data, symbol, prefix, PREFIX: prefix.toUpperCase() }),
  );
}

/** Every table, once, under the name of the first node that reads it. */
export function tableModels(program: Program): TemplateData[] {
  const seen = new Set<string>();
  return allSteps(program).flatMap(({ node, tables }) =>
    tables.flatMap(({ symbol, values, comment, isOperand }) => {
      if (seen.has(symbol)) return [];
      seen.add(symbol);
      return [
        {
          symbol,
          type: `${isOperand === true ? '' : FLASH}${cTypeOf(values)}`,
          elements: cInt(values.length),
          comment: `${cComment(node.name)}: ${comment}`,
          values: cValues(values),
        },
      ];
    }),
  );
}

/** The C function, marked as a layer; one that runs graphs holds their calls. */
export function kernelText(made: KernelFunction, prefix: string): string {
  const { symbol, kernel, lowered, nodes, routines } = made;
  const calls = Object.fromEntries(routines.map((routine) => [routine.role, callsOf(routine)]));
  const arena = routines.length > 0 ? { arenaParameter: usesArena(made) ? `, ${prefix}_arena *arena` : '' } : {};
  const name = `${prefix.toUpperCase()}_LAYER ${symbol}`;
  const data = {
    ...lowered.data,
    ...calls,
    ...arena,
    name,
    PREFIX: prefix.toUpperCase(),
    nodes: nodes.map(cComment).join(', '),
  };
  return render(kernel.template, data);
}

function callsOf(routine: Subroutine): string[] {
  const { graph, names, steps } = routine;
  const ids: readonly TensorId[] = [...graph.inputs, ...graph.outputs, ...graph.states.map(({ before }) => before)];
  const ports: Port[] = ids.map((id) => ({ tensor: tensorOf(graph, id), name: names.get(id)! }));
  return steps.map((step) => callText(routine, step, ports));
}

/** One member per element type that lives in the arena, so that no access needs a cast; never empty. */
export function arenaMembers(program: Program): TemplateData[] {
  const types = new Set<DType>(['int32']);
  const collect = ({ graph, places, steps }: Routine): void => {
    for (const [id, { kind }] of places) if (kind === 'arena') types.add(tensorOf(graph, id).dtype);
    for (const step of steps) step.function.routines.forEach(collect);
  };
  collect(program);
  const { graph, io } = program;
  if (io === 'arena') for (const id of [...graph.inputs, ...graph.outputs]) types.add(tensorOf(graph, id).dtype);
  for (const { lowered } of program.functions) for (const { dtype } of lowered.scratch) types.add(dtype);
  const bytes = Math.max(program.plan.arenaBytes, DTYPE_BYTES.int32);
  return [...types]
    .sort()
    .map((dtype) => ({ type: C_TYPE[dtype], name: dtype, elements: cInt(bytes / DTYPE_BYTES[dtype]) }));
}
