import { DTYPE_BYTES, type DType, InvariantError, type Tensor, type TensorId, tensorOf } from '@kiln/ir';
import type { KernelFunction, Routine, Step } from '../program/program.js';
import { cComment } from './c-literal.js';

/** A buffer of whoever calls the routine, under the name that it has there. */
export interface Port {
  readonly tensor: Tensor;
  readonly name: string;
}

/**
 * A call: the activations that the node reads, its tables, what it writes, its scratch memory; in place of that the arena,
 * where the function runs graphs that need some.
 */
export function callText(routine: Routine, step: Step, names: readonly Port[]): string {
  const { node, tables, scratchOffsets } = step;
  const activations = node.inputs.filter((id) => routine.places.has(id)).map((id) => placeText(routine, id, names));
  const results = node.outputs.map((id) => placeText(routine, id, names));
  const scratch = step.function.lowered.scratch.map(({ dtype }, i) => arenaText(dtype, scratchOffsets[i]!));
  const arena = usesArena(step.function) ? ['arena'] : [];
  const words = [...activations, ...tables.map(({ symbol }) => symbol), ...results, ...scratch, ...arena];
  return `${step.function.symbol}(${words.join(', ')}); /* ${cComment(node.name)} */`;
}

/** Where a tensor is, as an expression: one of the caller's buffers by its name, or an element of the arena. */
export function placeText(routine: Routine, id: TensorId, names: readonly Port[]): string {
  const { graph, places } = routine;
  const { dtype } = tensorOf(graph, id);
  const named = names.find((port) => port.tensor.id === id);
  if (named !== undefined) return named.name;
  const place = places.get(id);
  if (place === undefined) throw new InvariantError('E-NO-PLACE', graph.name, `tensor t${id} has no place`);
  if (place.kind === 'arena') return arenaText(dtype, place.offsetBytes);
  const ids = { input: graph.inputs, output: graph.outputs, state: graph.states.map(({ before }) => before) }[
    place.kind
  ];
  // A view of a caller's buffer: the name belongs to the tensor at the interface.
  const { name } = names.find((port) => port.tensor.id === ids[place.index])!;
  return place.offsetBytes === 0 ? name : `&${name}[${place.offsetBytes / DTYPE_BYTES[dtype]}]`;
}

function arenaText(dtype: DType, offsetBytes: number): string {
  return `&arena->${dtype}[${offsetBytes / DTYPE_BYTES[dtype]}]`;
}

/** Whether a function that runs graphs works in the arena by itself. */
export function usesArena({ routines }: KernelFunction): boolean {
  return routines.some(
    ({ places, steps }) =>
      [...places.values()].some(({ kind }) => kind === 'arena') ||
      steps.some(({ scratchOffsets, function: called }) => scratchOffsets.length > 0 || usesArena(called)),
  );
}

/** Numbers of the routine's inputs that no node reads: a model may have such. */
export function unreadInputs({ steps, places }: Routine, count: number): number[] {
  const read = new Set(
    steps.flatMap(({ node }) =>
      node.inputs.map((id) => {
        const place = places.get(id);
        return place?.kind === 'input' ? place.index : null;
      }),
    ),
  );
  return Array.from({ length: count }, (_, i) => i).filter((i) => !read.has(i));
}
