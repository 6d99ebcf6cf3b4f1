import {
  type Activation,
  allocate,
  type KilnError,
  type Node,
  type NodeOf,
  type OpName,
  type Tensor,
  UnsupportedError,
} from '@kiln/ir';
import { channelsFirstOrder } from '../arrange.js';
import { float, type OnnxWriter, type Order, type Written, type WrittenValues } from './graph-writer.js';

/** What writes one node works with. */
export class NodeSite<K extends OpName> {
  constructor(
    readonly node: NodeOf<K>,
    readonly inputs: readonly Tensor[],
    readonly outputs: readonly Tensor[],
    readonly writer: OnnxWriter,
    private readonly values: WrittenValues,
  ) {}

  get name(): string {
    return this.node.name;
  }

  /** The order in which the first operands that flow are there already. */
  get order(): Order {
    const rank = Math.max(...this.inputs.map(({ shape }) => shape.length));
    const isFirst = ({ id, shape }: Tensor): boolean =>
      shape.length === rank && this.values.get(id)?.order === 'channelsFirst';
    return this.inputs.some(isFirst) ? 'channelsFirst' : 'channelsLast';
  }

  /** Input i. Constants get as many dimensions as the result where channels stand first. */
  read(i: number, order: Order = 'channelsLast'): string {
    const tensor = this.inputs[i]!;
    const { shape, data } = tensor;
    const written = this.values.get(tensor.id);
    if (data === null) return this.writer.ordered(written!, order, shape);
    const rank = this.outputs[0]!.shape.length;
    if (order === 'channelsLast' || shape.length === 0)
      return this.writer.rearranged(
        tensor,
        shape.map((_, d) => d),
      );
    const whole = [...new Array<number>(rank - shape.length).fill(1), ...shape];
    if (shape.length === rank) return this.writer.rearranged(tensor, channelsFirstOrder(rank));
    // With leading sizes of 1 the elements that move are the channels alone.
    const first = channelsFirstOrder(rank).map((axis) => whole[axis]!);
    const own = shape.map((_, d) => d);
    if (shape.length === 1) return this.writer.rearranged(tensor, own, first);
    const order2 = channelsFirstOrder(rank).flatMap((axis) =>
      axis < rank - shape.length ? [] : [axis - rank + shape.length],
    );
    return this.writer.rearranged(tensor, order2, first);
  }

  readAll(order: Order = 'channelsLast'): string[] {
    return this.inputs.map((_, i) => this.read(i, order));
  }

  /** Adds a node whose name is that of the network's. */
  add(op: string, inputs: readonly string[], attributes = {}, suffix = ''): string {
    return this.writer.node(op, `${this.name}${suffix}`, inputs, attributes);
  }

  scalar(suffix: string, value: number): string {
    return this.writer.scalar(`${this.name}${suffix}`, value);
  }

  integers(suffix: string, values: readonly number[]): string {
    return this.writer.integers(`${this.name}${suffix}`, values);
  }

  /** Where a dimension of Kiln's stands in the order. */
  axis(axis: number, order: Order): number {
    return order === 'channelsLast' ? axis : channelsFirstOrder(this.inputs[0]!.shape.length).indexOf(axis);
  }

  /** A list for each dimension of Kiln's, in the order. */
  list<T>(values: readonly T[], order: Order): readonly T[] {
    return order === 'channelsLast' ? values : channelsFirstOrder(values.length).map((axis) => values[axis]!);
  }

  /** Appends a fused activation. */
  activated(x: string, activation: Activation): string {
    switch (activation) {
      case 'none':
        return x;
      case 'relu':
        return this.#isWhole ? this.clipped(x, 0, null) : this.add('Relu', [x], {}, '/relu');
      case 'relu6':
        return this.clipped(x, 0, 6);
      case 'reluN1To1':
        return this.clipped(x, -1, 1);
    }
  }

  /** Between two bounds; null for no upper one. */
  clipped(x: string, least: number, most: number | null): string {
    if (!this.#isWhole && most !== null)
      return this.add('Clip', [x, this.scalar('/least', least), this.scalar('/most', most)], {}, '/clip');
    // Relu has integers from version 14 on, Max and Min before that.
    const above = this.add('Max', [x, this.#bound('/least', least)], {}, '/clip');
    return most === null ? above : this.add('Min', [above, this.#bound('/most', most)], {}, '/clip');
  }

  /** Whether the result is integers that stand for themselves. */
  get #isWhole(): boolean {
    const { dtype, quantization } = this.outputs[0]!;
    return quantization === null && dtype !== 'float32';
  }

  #bound(suffix: string, value: number): string {
    const { dtype } = this.outputs[0]!;
    const data = allocate(dtype, 1);
    if (data instanceof BigInt64Array) data.fill(BigInt(value));
    else data.fill(value);
    return this.writer.constant(`${this.name}${suffix}`, dtype, [], data);
  }

  /** x * slope + offset through a HardSigmoid: between 0 and 1. */
  gate(x: string, slope: number, offset: number): string {
    return this.add('HardSigmoid', [x], { alpha: float(slope), beta: float(offset) }, '/gate');
  }
}

/** By operator: writes ONNX's nodes for one of ours, and answers with its results. */
export type NodeWriters = { readonly [K in OpName]?: (site: NodeSite<K>) => readonly Written[] };

export const inOrder = (name: string, order: Order): readonly Written[] => [{ name, order }];
export const last = (name: string): readonly Written[] => inOrder(name, 'channelsLast');
export const first = (name: string): readonly Written[] => inOrder(name, 'channelsFirst');

/** For what ONNX has the operator, but not like this. */
export function unwritable(node: Node, found: string): KilnError {
  return new UnsupportedError(
    'E-ONNX-NODE',
    `node '${node.name}' (${node.op})`,
    found,
    'Change this layer, or export to tflite',
  );
}
