import {
  CompileError,
  type DType,
  type KilnError,
  type NodeAttributes,
  type OpName,
  type Shape,
  type TensorData,
  type TensorType,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { permuted, channelsLastOrder } from './arrange.js';
import { checkConstant } from './check-file.js';
import type { FileConstant, FileNode } from './file-model.js';
import type { GraphBuilder, Layout, Value } from './graph-builder.js';
import { type Grid, integerRule, onlyClamps, WIDE_PROBABILITIES } from './integer-rules.js';
import { asNumber, ATTRIBUTE_TYPE, type AttributeProto } from './proto.js';
import { dtypeOfType, READABLE_TYPES, typeName } from './tensor-values.js';

export interface Result {
  /** As the file has it. */
  readonly shape: Shape;
  readonly layout?: Layout;
  readonly dtype?: DType;
  readonly suffix?: string;
}

/** One node of the file on its way into the graph: what it reads, its attributes, and the means to add nodes for it. */
export class NodeContext {
  constructor(
    readonly builder: GraphBuilder,
    readonly node: FileNode,
    readonly opset: number,
    private readonly values: ReadonlyMap<string, Value>,
    private readonly model: string,
    /** What the first result is rounded to by all that read it. */
    readonly target: Grid | null,
  ) {}

  /** `model.onnx, node 'conv1' (Conv)`: what every error starts with. */
  get where(): string {
    return `${this.model}, node '${this.node.name}' (${this.node.op})`;
  }

  /** Exporters put the operator behind the layer's path: of `/features/conv1/Conv` people know `features/conv1`. */
  get name(): string {
    const path = this.node.name.replace(/^\/+/, '');
    const layer = path.endsWith(`/${this.node.op}`) ? path.slice(0, -this.node.op.length - 1) : path;
    return layer === '' ? this.node.op : layer;
  }

  has(i: number): boolean {
    return (this.node.inputs[i] ?? '') !== '';
  }

  /** Input i. Errors: CompileError where it is left out. */
  input(i = 0): Value {
    const value = this.values.get(this.node.inputs[i] ?? '');
    if (value !== undefined) return value;
    throw this.wrong('E-ONNX-INPUT', `lacks its input ${i}`);
  }

  inputs(): Value[] {
    return this.node.inputs.map((_, i) => this.input(i));
  }

  /** The values of input i, which must be a constant, in the file's order. */
  constant(i: number): TensorData {
    const data = this.builder.data(this.builder.plain(this.input(i)));
    if (data !== null) return data;
    throw this.unsupported('E-ONNX-DYNAMIC', `computes '${this.node.inputs[i]}' at run time, expected a constant`);
  }

  integers(i: number): number[] {
    const data = this.constant(i);
    if (data instanceof Float32Array) throw this.wrong('E-ONNX-TYPE', `has floats as its input ${i}`);
    return Array.from(data as Int32Array, Number);
  }

  /** The one value of a constant. */
  scalar(i: number): number {
    const data = this.constant(i);
    const value = data.length === 1 ? Number(this.input(i).real ? this.realConstant(i)[0] : data[0]) : NaN;
    if (!Number.isNaN(value)) return value;
    throw this.wrong('E-ONNX-SCALAR', `has ${data.length} values as its input ${i}, expected one that is a number`);
  }

  /** A constant's reals. */
  realConstant(i: number): Float32Array {
    this.constant(i);
    const data = this.builder.data(this.builder.float(this.builder.plain(this.input(i))));
    if (data instanceof Float32Array) return data;
    throw this.wrong('E-ONNX-TYPE', `has integers as its input ${i}, expected floats`);
  }

  int(name: string, fallback: number): number {
    const attribute = this.#attribute(name, 'int');
    return attribute === null ? fallback : asNumber(attribute.i ?? 0);
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name, 'float')?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const attribute = this.#attribute(name, 'string');
    return attribute === null ? fallback : new TextDecoder().decode(attribute.s);
  }

  ints(name: string): readonly number[] | null {
    return this.#attribute(name, 'ints')?.ints?.map(asNumber) ?? null;
  }

  /** The type that a Cast asks for. */
  castTo(): DType {
    const number = this.int('to', 0);
    const dtype = dtypeOfType(number);
    if (dtype !== null) return dtype;
    throw this.unsupported(
      'E-ONNX-TYPE',
      `makes values of type ${typeName(number)}, expected ${READABLE_TYPES.join(', ')}`,
    );
  }

  /** The constant in an attribute; null where there is none. */
  tensor(name: string): FileConstant | null {
    const attribute = this.#attribute(name, 'tensor');
    if (attribute === null) return null;
    const problems: KilnError[] = [];
    const constant = checkConstant(
      attribute.t ?? {},
      `node '${this.node.name}' (${this.node.op})`,
      this.model,
      problems,
    );
    throwAll(problems);
    return constant;
  }

  #attribute(name: string, kind: keyof typeof ATTRIBUTE_TYPE): AttributeProto | null {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined) return null;
    if (attribute.type === ATTRIBUTE_TYPE[kind]) return attribute;
    throw this.wrong('E-ONNX-ATTRIBUTE', `has ${name} of attribute type ${attribute.type}, expected ${kind}`);
  }

  /** A dimension of a tensor of `rank` dimensions, counted from the end where it is negative. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    throw this.wrong('E-ONNX-AXIS', `names dimension ${value}, expected ${-rank} to ${rank - 1}`);
  }

  /** Where a dimension of the file's stands in the value. */
  stored({ shape, layout }: Pick<Value, 'shape' | 'layout'>, axis: number): number {
    return layout === 'plain' ? axis : channelsLastOrder(shape.length).indexOf(axis);
  }

  /** A list for each dimension of the file's, as the value has them. */
  storedList<T>({ layout }: Pick<Value, 'layout'>, list: readonly T[]): readonly T[] {
    return layout === 'plain' ? list : channelsLastOrder(list.length).map((axis) => list[axis]!);
  }

  /** A constant of one or more floats. */
  floats(suffix: string, shape: Shape, values: ArrayLike<number>): Value {
    return this.builder.constant(`${this.name}${suffix}`, shape, 'float32', Float32Array.from(values));
  }

  dtype(value: Value): DType {
    return this.builder.tensor(value.id).dtype;
  }

  /**
   * Adds a node, in integers where its operands are and its operator can: on the operands' scale, its own, or that to which
   * all readers round the result. `others` are operands that are no numbers to compute with, such as indices.
   */
  emit<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    operands: readonly Value[],
    result: Result,
    others: readonly Value[] = [],
  ): Value {
    const integers = this.#asIntegers(op, operands);
    const used = integers?.operands ?? operands.map((value) => this.builder.float(value));
    const [first] = used;
    const own = first === undefined ? null : this.builder.tensor(first.id);
    if (integers === null && used.some(({ id }) => this.builder.tensor(id).quantization !== null)) {
      if (integerRule(op, 'int8') !== 'shared')
        throw this.unsupported('E-ONNX-INTEGERS', 'computes with quantized integers as they are');
    }
    const quantization =
      integers?.grid.quantization ?? (result.dtype === undefined ? (own?.quantization ?? null) : null);
    const dtype = integers?.grid.dtype ?? result.dtype ?? own?.dtype ?? 'float32';
    return this.add(op, attributes, [...used, ...others], { ...result, quantization, dtype, real: integers !== null });
  }

  /** Adds a node as it is. */
  add<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly Value[],
    result: Result & Omit<TensorType, 'shape'> & { readonly real: boolean },
  ): Value {
    const { shape, layout = 'plain', suffix = '', dtype, quantization, real } = result;
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
      throw this.wrong('E-ONNX-SHAPE', `has a result of shape [${shape.join(', ')}], expected sizes above 0`);
    const stored = layout === 'plain' ? shape : permuted(shape, channelsLastOrder(shape.length));
    const type = { shape: stored, dtype, quantization };
    const ids = inputs.map(({ id }) => id);
    return { shape, layout, id: this.builder.node(op, `${this.name}${suffix}`, attributes, ids, type), real };
  }

  /** The operands as integers and the grid of the result; null if this is to be computed in floats. */
  #asIntegers(op: OpName, operands: readonly Value[]): { readonly operands: Value[]; readonly grid: Grid } | null {
    const first = operands.find((value) => value.real && this.builder.data(value) === null);
    if (first === undefined) return null;
    const { dtype, quantization } = this.builder.tensor(first.id);
    const own: Grid = { dtype, quantization: quantization! };
    const rule = integerRule(op, dtype);
    if (rule === 'float') return null;
    if (rule === 'shared') {
      const joins = op === 'concatenation' || op === 'maximum' || op === 'minimum';
      const grid = joins ? (this.target ?? own) : own;
      return { operands: operands.map((value) => this.builder.quantized(value, grid.dtype, grid.quantization)), grid };
    }
    if (!operands.every(({ real }) => real)) return null;
    if (rule !== 'own') {
      // Probabilities of 16 bits come of logits of 8 too.
      const isWide = op === 'softmax' && JSON.stringify(this.target) === JSON.stringify(WIDE_PROBABILITIES);
      return { operands: [...operands], grid: isWide ? this.target! : { dtype, quantization: rule } };
    }
    const grid = this.target ?? (onlyClamps(op) ? own : null);
    return grid === null || grid.dtype !== dtype ? null : { operands: [...operands], grid };
  }

  /** The file is at fault. */
  wrong(code: `E-${string}`, message: string): CompileError {
    return new CompileError(code, this.where, message, 'Export the model again');
  }

  unsupported(code: `E-${string}`, message: string, remedy = 'Export the model without it'): UnsupportedError {
    return new UnsupportedError(code, this.where, message, remedy);
  }
}

/** Turns one kind of node into nodes of the graph, and answers with its results. Throws `KilnError`s. */
export type NodeReader = (context: NodeContext) => Value | readonly Value[];
export type NodeReaders = Readonly<Record<string, NodeReader>>;
