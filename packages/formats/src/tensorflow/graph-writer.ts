import type { DType, Shape, Tensor, TensorData } from '@kiln/ir';
import { type AttrValue, type NodeDef, ofShape, ofType, tensorProto } from './graph-def.js';

/** How trained values get into the graph: as constants, or as variables that are read. */
export type WeightStore = (writer: GraphWriter, hint: string, weight: Weight) => string;

/** A trained constant in TensorFlow's own layout. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Collects the nodes of a GraphDef; what adds one answers with the name by which others read it. */
export class GraphWriter {
  readonly nodes: NodeDef[] = [];
  readonly #names = new Set<string>();
  readonly #store: WeightStore;

  /** `batch` is the first size of all that flows: 1, or -1 where it is free. */
  constructor(
    readonly batch: number,
    store: WeightStore,
  ) {
    this.#store = store;
  }

  node(op: string, hint: string, input: readonly string[], attr: Readonly<Record<string, AttrValue>> = {}): string {
    const name = this.#unique(hint);
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  placeholder(hint: string, dtype: DType, shape: Shape): string {
    return this.node('Placeholder', hint, [], { dtype: ofType(dtype), shape: ofShape(shape) });
  }

  constant(hint: string, dtype: DType, shape: Shape, data: TensorData): string {
    const value = { tensor: tensorProto(dtype, shape, data) };
    return this.node('Const', hint, [], { dtype: ofType(dtype), value });
  }

  /** A list of sizes, axes or the like. */
  integers(hint: string, values: readonly number[]): string {
    return this.constant(hint, 'int32', [values.length], Int32Array.from(values));
  }

  integer(hint: string, value: number): string {
    return this.constant(hint, 'int32', [], Int32Array.of(value));
  }

  scalar(hint: string, value: number): string {
    return this.constant(hint, 'float32', [], Float32Array.of(value));
  }

  weight(hint: string, weight: Weight): string {
    return this.#store(this, hint, weight);
  }

  /** A constant of the network as it stands: trained values as a weight, others as what they are. */
  tensor({ name, dtype, shape, data }: Tensor): string {
    if (dtype === 'float32') return this.weight(name, { shape, data: data as Float32Array });
    return this.constant(name, dtype, shape, data!);
  }

  /** The shape with the batch in front: as it is where that is 1, with -1 where it is free. */
  batched(shape: Shape): Shape {
    return this.batch === -1 ? [-1, ...shape.slice(1)] : shape;
  }

  /** Names hold letters, digits and `_.-/`, and do not begin with the last three. Source: NodeDef.name. */
  #unique(hint: string): string {
    const plain = hint.replace(/[^A-Za-z0-9_.\-/]/g, '_').replace(/^[^A-Za-z0-9.]+/, '') || 'node';
    let name = plain;
    for (let n = 1; this.#names.has(name); n++) name = `${plain}_${n}`;
    this.#names.add(name);
    return name;
  }
}
