import { consumersOf, type Graph, type State, type Tensor, type TensorId, tensorOf } from '@kiln/ir';
import type { Fields } from '../schema/write-table.js';
import { OWN_STATES } from './memory.js';
import { SubgraphWriter } from './subgraph-writer.js';

/** States that an operator keeps for itself, by the tensor that they come from: the file needs nothing beside it. */
export function ownedStates(graph: Graph): ReadonlySet<TensorId> {
  return new Set(graph.states.filter((state) => isOwned(graph, state)).map(({ before }) => before));
}

/** Whether one such operator alone reads and writes the state, and it starts as an empty memory. */
function isOwned(graph: Graph, { before, after, initial }: State): boolean {
  const [reader, ...others] = consumersOf(graph, before);
  if (reader === undefined || others.length > 0 || graph.outputs.includes(before)) return false;
  const place = OWN_STATES[reader.op]?.find(({ input }) => reader.inputs[input] === before);
  if (place === undefined || reader.outputs[place.output] !== after) return false;
  // The result of a circular buffer is its memory; the others' new memory is seen by nobody.
  const isSeen = consumersOf(graph, after).length > 0 || graph.outputs.includes(after);
  if (isSeen && reader.op !== 'circularBuffer') return false;
  const { quantization } = tensorOf(graph, before);
  // Source: TensorFlow Lite Micro, `ResetVariableTensors`.
  const resting = initial instanceof Int8Array ? (quantization?.zeroPoint[0] ?? 0) : 0;
  return Array.from(initial as Int8Array, Number).every((value) => value === resting);
}

/** Reads the graph's other states from variables before the first operator; `CALL_ONCE` gives them their first values. */
export function beginStates(graph: Graph, owned: ReadonlySet<TensorId>, writer: SubgraphWriter): readonly State[] {
  const states = graph.states.filter(({ before }) => !owned.has(before));
  if (states.length === 0) return [];
  const initSubgraphIndex = writer.model.reserve();
  const first = new SubgraphWriter(writer.model);
  for (const state of states) {
    const type = tensorOf(graph, state.before);
    const value = first.add(`${state.name}/first`, { ...type, data: state.initial });
    first.operator('ASSIGN_VARIABLE', [handle(first, state), value], []);
  }
  first.finish(initSubgraphIndex, 'first values', [], []);
  writer.operator('CALL_ONCE', [], [], ['CallOnceOptions', { initSubgraphIndex }]);
  for (const state of states)
    writer.operator('READ_VARIABLE', [handle(writer, state)], [writer.tensor(tensorOf(graph, state.before))]);
  return states;
}

/** Leaves the states' values to the next run, behind the last operator. */
export function endStates(graph: Graph, states: readonly State[], writer: SubgraphWriter): void {
  for (const state of states)
    writer.operator('ASSIGN_VARIABLE', [handle(writer, state), writer.tensor(tensorOf(graph, state.after))], []);
}

function handle(writer: SubgraphWriter, { name }: State): number {
  const plan = { shape: [], dtype: 'int32', quantization: null, data: null, isResource: true } as const;
  const index = writer.add(`${name}/handle`, plan);
  writer.operator('VAR_HANDLE', [], [index], ['VarHandleOptions', { container: '', sharedName: name }]);
  return index;
}

/** Inputs and outputs of the main graph under names of their own. */
export function signatureOf(graph: Graph, writer: SubgraphWriter): Fields {
  const maps = (ids: readonly TensorId[]): Fields[] => {
    const taken = new Set<string>();
    return ids.map((id) => {
      const tensor: Tensor = tensorOf(graph, id);
      const name = uniqueName(tensor.name, taken);
      return { name, tensorIndex: writer.tensor(tensor) };
    });
  };
  return {
    inputs: maps(graph.inputs),
    outputs: maps(graph.outputs),
    signatureKey: 'serving_default',
    subgraphIndex: 0,
  };
}

function uniqueName(hint: string, taken: Set<string>): string {
  let name = hint;
  for (let n = 1; taken.has(name); n++) name = `${hint}_${n}`;
  taken.add(name);
  return name;
}
