import type { Graph, TensorData, TensorId } from '@kiln/ir';
import type { FileSubgraph } from './file-model.js';
import { type FileState, type FileStates, tensorKey, variableKeys } from './file-states.js';

/** Reads another subgraph: the states that it is given stand behind its inputs, those that it gives back behind its outputs. */
export type ReadSubgraph = (index: number, given: readonly FileState[], back: readonly FileState[]) => Graph;

/** What a subgraph knows of states while it is read, and the way to other subgraphs. */
export class GraphMemory {
  /** The tensor that each state is at this point. */
  private readonly values = new Map<string, TensorId>();
  private readonly initial = new Map<string, TensorData>();
  private readonly touched = new Set<string>();
  private readonly keys: ReadonlyMap<number, string>;

  constructor(
    readonly subgraph: FileSubgraph,
    readonly subgraphs: readonly FileSubgraph[],
    readonly file: FileStates,
    readonly read: ReadSubgraph,
  ) {
    this.keys = variableKeys(subgraph);
  }

  /** Key of the variable that the handle in tensor `index` stands for; null if it is no handle. */
  variableKey(index: number): string | null {
    return this.keys.get(index) ?? null;
  }

  /** Key of a tensor that an operator keeps for itself. */
  ownKey(index: number): string {
    return tensorKey(this.subgraph, index);
  }

  stateOf(key: string): FileState | undefined {
    return this.file.useOf(this.subgraph.index).states.find((state) => state.key === key);
  }

  /** Before the first operator. */
  begin(key: string, id: TensorId): void {
    this.values.set(key, id);
  }

  valueOf(key: string): TensorId | undefined {
    this.touched.add(key);
    return this.values.get(key);
  }

  become(key: string, id: TensorId): void {
    this.touched.add(key);
    this.values.set(key, id);
  }

  isTouched(key: string): boolean {
    return this.touched.has(key);
  }

  /** What the state is before the first run. */
  start(key: string, data: TensorData): void {
    this.initial.set(key, data);
  }

  initialOf({ key, initial }: FileState): TensorData {
    return this.initial.get(key) ?? initial;
  }
}
