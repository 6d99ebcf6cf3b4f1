import { OPERATORS } from '@kiln/codegen';
import {
  type DType,
  elementCount,
  type Graph,
  GraphEditor,
  KilnError,
  type Node,
  type NodeAttributes,
  type OpName,
  perAxis,
  perTensor,
  type Shape,
  type Tensor,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import { type ElementType, plainType } from '../conformance/bench.js';
import { seededUnit } from '../conformance/fan-out.js';

/** Tensors stay this small, so that a graph runs in no time. */
const MOST_ELEMENTS = 3000;

/** A graph that grows node by node out of a seed: each is tried, and kept if Kiln takes it. */
export class GrowingGraph {
  private readonly random: () => number;
  private readonly editor: GraphEditor;
  private readonly inputs: TensorId[] = [];
  private readonly pool: Tensor[] = [];
  private count = 0;

  constructor(seed: number) {
    this.random = seededUnit(seed);
    this.editor = GraphEditor.empty(`random_${seed}`, null);
  }

  /** An integer from `low` to `high`. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** Each size by its own range. */
  shape(...most: readonly number[]): Shape {
    return most.map((size) => this.int(1, size));
  }

  /** The type with a scale where it has one: from very small to large, zero points at the ends and between. */
  type(dtype: DType): ElementType {
    if (!['int8', 'uint8', 'int16'].includes(dtype)) return plainType(dtype);
    const scale = Math.fround(10 ** (this.random() * 4 - 3));
    const zeroPoint = dtype === 'int16' ? 0 : this.pick([-128, 127, 0, this.int(-128, 127)]);
    return { dtype, quantization: perTensor(scale, dtype === 'uint8' ? zeroPoint + 128 : zeroPoint) };
  }

  input(shape: Shape, type: ElementType): Tensor {
    const tensor = this.add(`input_${this.inputs.length}`, shape, type, null);
    this.inputs.push(tensor.id);
    this.pool.push(tensor);
    return tensor;
  }

  /** One of the tensors there are that fits; the latest are likelier. */
  find(fits: (tensor: Tensor) => boolean): Tensor | undefined {
    const fitting = this.pool.filter(fits);
    return fitting[Math.floor(fitting.length * Math.sqrt(this.random()))];
  }

  constant(shape: Shape, type: ElementType, data = this.values(type.dtype, elementCount(shape))): Tensor {
    return this.add('constant', shape, type, data);
  }

  /** int8 weights with scales along `axis`, or one where it is null; floats for a float. */
  weights(shape: Shape, like: DType, axis: number | null): Tensor {
    if (like === 'float32') return this.constant(shape, plainType('float32'));
    const scale = (): number => Math.fround(10 ** (this.random() * 3 - 3));
    const scales = Array.from({ length: axis === null ? 1 : shape[axis]! }, scale);
    const quantization = axis === null ? perTensor(scales[0]!, 0) : perAxis(scales, axis);
    return this.constant(shape, { dtype: 'int8', quantization });
  }

  bias(units: number, like: DType): Tensor {
    const values = Array.from({ length: units }, () => this.int(-20_000, 20_000));
    if (like === 'float32') return this.constant([units], plainType('float32'));
    if (like === 'int8') return this.constant([units], plainType('int32'), Int32Array.from(values));
    return this.constant([units], plainType('int64'), BigInt64Array.from(values, BigInt));
  }

  /** Integers as a constant. */
  indices(shape: Shape, low: number, high: number): Tensor {
    const data = Int32Array.from({ length: elementCount(shape) }, () => this.int(low, high));
    return this.constant(shape, plainType('int32'), data);
  }

  /** Adds a node if Kiln has the operator and takes it with these tensors; says whether it did. */
  node<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly (Tensor | undefined)[],
    types: readonly ElementType[],
  ): boolean {
    const operator = OPERATORS[op];
    const read = inputs.flatMap((tensor) => (tensor === undefined ? [] : [tensor]));
    if (operator === undefined || read.length < inputs.length) return false;
    const name = `${op}_${this.count}`;
    const node = {
      id: -1,
      op,
      name,
      attributes,
      inputs: read.map(({ id }) => id),
      outputs: types.map(() => -1),
    } as unknown as Node;
    const shapes = shapesOf(node, read, types);
    if (shapes === null || shapes.some((shape) => shape.includes(0) || elementCount(shape) > MOST_ELEMENTS))
      return false;
    this.count += 1;
    const outputs = shapes.map((shape, i) => this.add(`${name}_${i}`, shape, types[i]!, null));
    this.editor.addNode(
      op,
      name,
      attributes,
      read.map(({ id }) => id),
      outputs.map(({ id }) => id),
    );
    this.pool.push(...outputs);
    return true;
  }

  /** The graph; its outputs are what nobody reads, and now and then something that is read as well. */
  finish(): Graph {
    const { nodes } = this.editor.finish();
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    const results = this.pool.filter(({ id }) => !this.inputs.includes(id));
    const outputs = results.filter(({ id }) => !read.has(id) || this.chance(0.1)).map(({ id }) => id);
    return this.editor.finish({ inputs: this.inputs, outputs });
  }

  private add(name: string, shape: Shape, type: ElementType, data: TensorData | null): Tensor {
    const id = this.editor.addTensor({ name, shape, ...type, data });
    return { id, name, shape, ...type, data };
  }

  private values(dtype: DType, length: number): TensorData {
    const integers = (low: number, high: number): number[] => Array.from({ length }, () => this.int(low, high));
    switch (dtype) {
      case 'float32':
        return Float32Array.from({ length }, () => (this.random() * 2 - 1) * 10 ** this.int(-2, 1));
      case 'int8':
        return Int8Array.from(integers(-127, 127));
      case 'uint8':
        return Uint8Array.from(integers(0, 255));
      case 'int16':
        return Int16Array.from(integers(-32768, 32767));
      case 'int32':
        return Int32Array.from(integers(-1000, 1000));
      case 'int64':
        return BigInt64Array.from(integers(-1000, 1000), BigInt);
      case 'bool':
        return Uint8Array.from(integers(0, 1));
    }
  }
}

/** The shapes of a node's outputs; null if Kiln refuses the node. */
function shapesOf(node: Node, inputs: readonly Tensor[], types: readonly ElementType[]): readonly Shape[] | null {
  const operator = OPERATORS[node.op]!;
  try {
    const shapes = operator.inferShapes(node as never, inputs);
    const outputs = shapes.map((shape, i) => ({ id: -1 as TensorId, name: '', shape, ...types[i]!, data: null }));
    const site = { node: node as never, inputs, outputs };
    const takes = operator.dtypes.includes(inputs[0]!.dtype) && operator.problems(site).length === 0;
    if (!takes) return null;
    // Some refuse what they find when they prepare, such as sums that could overflow.
    operator.reference(site);
    return shapes;
  } catch (error) {
    if (error instanceof KilnError) return null;
    throw error;
  }
}
