import { allocate, type DType, type Shape, type Tensor, type TensorId, type TensorType } from '@kiln/ir';
import type { TableName, Table } from '../schema/read-table.js';
import type { Fields } from '../schema/write-table.js';
import { type ModelWriter, type TensorPlan, tensorTable } from './model-writer.js';
import { type BuiltinName, operatorVersion } from './versions.js';

/** An operator's options: their table, and the fields that are set. */
export type Options = { [K in TableName]: readonly [K, Partial<Table<K>>] }[TableName];

/** An input that is left out. */
export const ABSENT = -1;

/** One graph of a file: tensors and operators in the order in which they are added. Tensors are told by their indices. */
export class SubgraphWriter {
  readonly #tensors: { readonly name: string; readonly plan: TensorPlan; readonly buffer: number }[] = [];
  readonly #operators: Fields[] = [];
  readonly #indices = new Map<TensorId, number>();
  readonly #names = new Set<string>();

  constructor(readonly model: ModelWriter) {}

  /** The tensor of the graph; it is added when it is first asked for. */
  tensor(tensor: Tensor, isVariable = false): number {
    const known = this.#indices.get(tensor.id);
    if (known !== undefined) return known;
    const index = this.add(tensor.name, { ...tensor, isVariable });
    this.#indices.set(tensor.id, index);
    return index;
  }

  /** Lets a tensor of the graph be one that is there already. */
  alias(id: TensorId, index: number): void {
    this.#indices.set(id, index);
  }

  add(hint: string, plan: TensorPlan): number {
    const buffer = plan.data === null ? 0 : this.model.buffer(plan.data);
    return this.#tensors.push({ name: this.#unique(hint), plan, buffer }) - 1;
  }

  /** A list of sizes, axes or the like; with the shape [] a single number. */
  integers(hint: string, values: readonly number[], shape: Shape = [values.length]): number {
    const data = allocate('int32', values.length) as Int32Array;
    data.set(values);
    return this.add(hint, { shape, dtype: 'int32', quantization: null, data });
  }

  typeOf(index: number): TensorType & { readonly dtype: DType } {
    return this.#tensors[index]!.plan;
  }

  nameOf(index: number): string {
    return this.#tensors[index]!.name;
  }

  operator(name: BuiltinName, inputs: readonly number[], outputs: readonly number[], options?: Options): void {
    const signature = {
      inputs: inputs.map((index) => (index === ABSENT ? null : this.typeOf(index))),
      outputs: outputs.map((index) => this.typeOf(index)),
      options: options?.[1] ?? {},
    };
    this.#operators.push({
      opcodeIndex: this.model.code(name, operatorVersion(name, signature)),
      inputs,
      outputs,
      ...(options === undefined ? {} : { builtinOptions: { member: options[0], table: options[1] } }),
    });
  }

  customOperator(name: string, inputs: readonly number[], outputs: readonly number[], options: Uint8Array): void {
    this.#operators.push({ opcodeIndex: this.model.code(name, 1), inputs, outputs, customOptions: options });
  }

  finish(index: number, name: string, inputs: readonly number[], outputs: readonly number[]): void {
    const tensors = this.#tensors.map((tensor) => tensorTable(tensor.name, tensor.plan, tensor.buffer));
    this.model.finishSubgraph(index, { tensors, inputs, outputs, operators: this.#operators, name });
  }

  #unique(hint: string): string {
    const plain = hint === '' ? 'tensor' : hint;
    let name = plain;
    for (let n = 1; this.#names.has(name); n++) name = `${plain}_${n}`;
    this.#names.add(name);
    return name;
  }
}
