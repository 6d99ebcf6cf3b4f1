import { allocate, elementCount, type TensorData, type TensorType } from '@kiln/ir';
import type { FileOperator, FileSubgraph, FileTensor } from './file-model.js';
import { flexbufferInteger } from './flexbuffer.js';

/** A value of the file that outlives a run: a variable, or a tensor that an operator keeps for itself. */
export interface FileState {
  /** The same wherever the same value is meant. */
  readonly key: string;
  readonly name: string;
  readonly type: TensorType;
  /** What it is before anything is assigned to it. */
  readonly initial: TensorData;
}

/** What a subgraph does to states, by itself and through the subgraphs that it runs. */
export interface StateUse {
  /** Those that it reads or writes, in order of their keys. */
  readonly states: readonly FileState[];
  /** Keys of those that it may write. */
  readonly written: ReadonlySet<string>;
}

/** Inputs of an operator that are its own memory, which it reads and writes. */
const VARIABLE_INPUTS: Readonly<Record<string, readonly number[]>> = {
  SVDF: [4],
  UNIDIRECTIONAL_SEQUENCE_LSTM: [18, 19],
};

/** The subgraphs that an operator runs, by their indices; none for most operators. */
export function calledSubgraphs({ builtin, options }: FileOperator): readonly number[] {
  const table = options?.table ?? {};
  const index = (name: string): number => Number(table[name] ?? 0);
  if (builtin === 'IF') return [index('thenSubgraphIndex'), index('elseSubgraphIndex')];
  return builtin === 'WHILE' ? [index('condSubgraphIndex'), index('bodySubgraphIndex')] : [];
}

/** Key of the variable behind each handle of the subgraph, by the handle's tensor. */
export function variableKeys({ operators }: FileSubgraph): ReadonlyMap<number, string> {
  const handles = operators.filter(({ builtin }) => builtin === 'VAR_HANDLE');
  return new Map(
    handles.map(({ outputs, options }) => {
      const { container = '', sharedName = '' } = options?.table ?? {};
      return [outputs[0] ?? -1, `variable ${String(container)}/${String(sharedName)}`];
    }),
  );
}

export function tensorKey(subgraph: FileSubgraph, tensor: number): string {
  return `tensor ${subgraph.index}.${tensor}`;
}

/** Key of the count of runs until a circular buffer is full again. */
export function countKey(subgraph: FileSubgraph, tensor: number): string {
  return `count ${subgraph.index}.${tensor}`;
}

/** Numbers of slots for which TensorFlow Lite Micro takes a missing period as 1. Source: `CircularBufferPrepare`. */
const SLOTS_OF_PERIOD_1: readonly number[] = [5, 13, 25];

/** In how many runs a circular buffer is filled anew: its option `cycles_max`, or what its size says. */
export function periodOf({ tensors }: FileSubgraph, { outputs, customOptions }: FileOperator): number {
  const asked = flexbufferInteger(customOptions ?? new Uint8Array(0), 'cycles_max') ?? 0;
  // As an int32, in which TensorFlow Lite Micro reads it.
  if ((asked | 0) > 0) return asked | 0;
  return SLOTS_OF_PERIOD_1.includes(tensors[outputs[0] ?? -1]?.shape[1] ?? 0) ? 1 : 2;
}

/** Finds all states of a file, and where they are used. */
export class FileStates {
  constructor(private readonly subgraphs: readonly FileSubgraph[]) {}

  useOf(index: number): StateUse {
    return this.useOfAll([index]);
  }

  /** Those of several subgraphs together, and of the subgraphs that they run. */
  useOfAll(indices: readonly number[]): StateUse {
    const states = new Map<string, FileState>();
    const written = new Set<string>();
    const reached = new Set(indices);
    for (const index of reached) {
      const subgraph = this.subgraphs[index];
      if (subgraph === undefined) continue;
      for (const operator of subgraph.operators) {
        calledSubgraphs(operator).forEach((called) => reached.add(called));
        for (const { state, writes } of usesOf(subgraph, operator)) {
          if (!states.has(state.key)) states.set(state.key, state);
          if (writes) written.add(state.key);
        }
      }
    }
    const sorted = [...states.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return { states: sorted, written };
  }
}

interface DirectUse {
  readonly state: FileState;
  readonly writes: boolean;
}

function usesOf(subgraph: FileSubgraph, operator: FileOperator): DirectUse[] {
  const { builtin, inputs, outputs } = operator;
  const use = (key: string | undefined, index: number | undefined, writes: boolean): DirectUse[] => {
    const tensor = subgraph.tensors[index ?? -1];
    if (key === undefined || tensor === undefined || tensor.dtype === null) return [];
    const name = key.startsWith('variable ') ? key.slice(key.indexOf('/') + 1) : tensor.name;
    return [{ state: { key, name, type: typeOf(tensor), initial: zeroOf(tensor) }, writes }];
  };
  const own = (index: number | undefined): DirectUse[] => use(tensorKey(subgraph, index ?? -1), index, true);
  switch (builtin) {
    case 'READ_VARIABLE':
      return use(variableKeys(subgraph).get(inputs[0] ?? -1), outputs[0], false);
    case 'ASSIGN_VARIABLE':
      return use(variableKeys(subgraph).get(inputs[0] ?? -1), inputs[1], true);
    case 'CIRCULAR_BUFFER':
      return [...own(outputs[0]), ...(outputs.length > 1 ? [countOf(subgraph, operator)] : [])];
    default:
      return (VARIABLE_INPUTS[builtin] ?? []).flatMap((i) => own(inputs[i]));
  }
}

function countOf(subgraph: FileSubgraph, operator: FileOperator): DirectUse {
  const tensor = operator.outputs[0] ?? -1;
  const state: FileState = {
    key: countKey(subgraph, tensor),
    name: `${subgraph.tensors[tensor]?.name ?? ''}/runs_left`,
    type: { shape: [1], dtype: 'int32', quantization: null },
    initial: Int32Array.of(periodOf(subgraph, operator)),
  };
  return { state, writes: true };
}

function typeOf({ dtype, shape, quantization }: FileTensor): TensorType {
  return { dtype: dtype ?? 'float32', shape, quantization };
}

/** TensorFlow Lite Micro fills the bytes of bytes with the zero point, all others with 0. Source: `ResetVariableTensors`. */
function zeroOf({ dtype, shape, quantization }: FileTensor): TensorData {
  const data = allocate(dtype ?? 'float32', elementCount(shape));
  if (data instanceof Int8Array) data.fill(quantization?.zeroPoint[0] ?? 0);
  return data;
}
