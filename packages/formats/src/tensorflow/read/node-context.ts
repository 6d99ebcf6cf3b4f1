import {
  CompileError,
  type DType,
  type GraphEditor,
  type NodeAttributes,
  type OpName,
  type Shape,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import type { Attribute, NodeDef } from './network-def.js';
import { dtypeOf, shapeProblem, typeName } from './tensor-values.js';
import type { Variable } from './tensor-bundle.js';
import { type Constant, constant, type Flowing, isTensorial, type Tensorial, type Value } from './value.js';

/** The graph that is being made, and what its nodes may ask for. */
export interface Construction {
  readonly editor: GraphEditor;
  /** The file, for messages. */
  readonly where: string;
  /** The value of the variable that a node of the main graph stands for, or null. */
  readonly variable: (name: string) => Variable | null;
  /** The tensors of constants that are read already. */
  readonly constants: Map<Constant, TensorId>;
  /** What made a tensor, for patterns of several nodes. */
  readonly makers: Map<TensorId, Maker>;
  /** Results of Erf, and what they are of. */
  readonly erfs: Map<TensorId, { readonly x: Flowing; readonly where: string; readonly isComplement: boolean }>;
  /** Elements that constants may still be unfolded to. */
  readonly budget: { elements: number };
}

/** A node of the graph, as it was added. */
export interface Maker {
  readonly op: OpName;
  readonly attributes: NodeAttributes[OpName];
  /** What it reads first. */
  readonly x: Flowing;
  /** What else it reads. */
  readonly constants: readonly Tensorial[];
}

const REMEDY = 'Save the model again';

/** A node of the file on its way into the graph: what it reads, its attributes, and the means to add nodes for it. */
export class NodeContext {
  constructor(
    readonly construction: Construction,
    readonly node: NodeDef,
    readonly values: readonly Value[],
    /** The function that the node stands in; empty in the main graph. */
    readonly scope: string,
  ) {}

  get name(): string {
    return this.node.name;
  }

  get where(): string {
    return `${this.construction.where}, node '${this.node.name}' (${this.node.op})`;
  }

  value(i: number): Value {
    const value = this.values[i];
    if (value !== undefined) return value;
    throw this.wrong('E-GRAPHDEF-INPUT', `lacks its input ${i}`);
  }

  /** Input i, which carries numbers. */
  tensor(i: number): Tensorial {
    const value = this.value(i);
    if (isTensorial(value)) return value;
    throw this.unsupported('E-GRAPHDEF-VALUE', `reads ${value.kind} in its input ${i}, expected a tensor`);
  }

  tensors(): Tensorial[] {
    return this.values.map((_, i) => this.tensor(i));
  }

  /** The graph's tensor of input i. */
  id(i: number): TensorId {
    return this.idOf(this.tensor(i));
  }

  idOf(value: Tensorial): TensorId {
    if (value.kind === 'flowing') return value.id;
    const { editor, constants } = this.construction;
    const known = constants.get(value);
    if (known !== undefined) return known;
    const { name, shape, dtype, data } = value;
    const id = editor.addTensor({ name, shape, dtype, quantization: null, data });
    constants.set(value, id);
    return id;
  }

  /** Input i, which must be known now. */
  constant(i: number): Constant {
    const value = this.tensor(i);
    if (value.kind === 'constant') return value;
    throw this.unsupported('E-GRAPHDEF-DYNAMIC', `computes its input ${i} at run time, expected a constant`);
  }

  integers(i: number): number[] {
    const { data } = this.constant(i);
    if (data instanceof Float32Array) throw this.wrong('E-GRAPHDEF-TYPE', `has floats in its input ${i}`);
    return Array.from(data as Int32Array, Number);
  }

  integer(i: number): number {
    const [value, ...others] = this.integers(i);
    if (value !== undefined && others.length === 0) return value;
    throw this.wrong('E-GRAPHDEF-SCALAR', `has several values in its input ${i}, expected one`);
  }

  /** The floats of input i: finite numbers of that many dimensions. */
  weights(i: number, rank: number): { readonly shape: Shape; readonly data: Float32Array } {
    const { shape, data } = this.constant(i);
    if (!(data instanceof Float32Array) || shape.length !== rank)
      throw this.wrong(
        'E-GRAPHDEF-WEIGHTS',
        `has weights of [${shape.join(', ')}], expected floats of ${rank} dimensions`,
      );
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return { shape, data };
    throw this.wrong('E-GRAPHDEF-WEIGHTS', `has ${data[bad]} in its weights at index ${bad}, expected finite numbers`);
  }

  attribute(key: string): Attribute | undefined {
    return this.node.attributes.get(key);
  }

  flag(key: string): boolean {
    return this.attribute(key)?.b ?? false;
  }

  number(key: string, missing: number): number {
    const { i, f } = this.attribute(key) ?? {};
    return i ?? f ?? missing;
  }

  list(key: string, missing: readonly number[]): readonly number[] {
    const found = this.attribute(key)?.list?.i ?? [];
    return found.length === 0 ? missing : found;
  }

  text(key: string, missing: string): string {
    return this.attribute(key)?.s ?? missing;
  }

  /** The dtype that an attribute names. */
  dtype(key: string, missing: DType): DType {
    const { type } = this.attribute(key) ?? {};
    const dtype = type === undefined ? missing : dtypeOf(type);
    if (dtype !== null) return dtype;
    throw this.unsupported('E-GRAPHDEF-DTYPE', `is of type ${typeName(type!)}, which Kiln does not have`);
  }

  /** A dimension of a tensor of `rank` dimensions, counted from the end where it is negative. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    throw this.wrong('E-GRAPHDEF-AXIS', `names dimension ${value}, expected ${-rank} to ${rank - 1}`);
  }

  /** Sizes, strides and the like: whole numbers of 1 or more. */
  positive(what: string, values: readonly number[], count = values.length): readonly number[] {
    if (values.length === count && values.every((value) => Number.isInteger(value) && value >= 1)) return values;
    throw this.wrong('E-GRAPHDEF-OPTION', `has the ${what} [${values.join(', ')}], expected ${count} of 1 or more`);
  }

  /** Input i of exactly that many dimensions. */
  ranked(i: number, rank: number): Tensorial {
    const value = this.tensor(i);
    if (value.shape.length === rank) return value;
    throw this.wrong('E-GRAPHDEF-RANK', `reads [${value.shape.join(', ')}], expected ${rank} dimensions`);
  }

  /** Adds a node and answers with its result. */
  emit<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly Tensorial[],
    shape: Shape,
    dtype: DType = inputs[0]!.dtype,
    suffix = '',
  ): Flowing {
    return this.emitAll(op, attributes, inputs, [shape], dtype, suffix)[0]!;
  }

  emitAll<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly Tensorial[],
    shapes: readonly Shape[],
    dtype: DType = inputs[0]!.dtype,
    suffix = '',
  ): Flowing[] {
    const { editor, makers } = this.construction;
    const name = `${this.name}${suffix}`;
    const ids = inputs.map((value) => this.idOf(value));
    const results = shapes.map((shape): Flowing => {
      this.checkShape(shape);
      return {
        kind: 'flowing',
        id: editor.addTensor({ name, shape, dtype, quantization: null, data: null }),
        shape,
        dtype,
      };
    });
    editor.addNode(
      op,
      name,
      attributes,
      ids,
      results.map(({ id }) => id),
    );
    const [x] = inputs;
    if (x?.kind === 'flowing')
      results.forEach(({ id }) => makers.set(id, { op, attributes, x, constants: inputs.slice(1) }));
    return results;
  }

  /** A constant of the node's own. */
  own(short: string, shape: Shape, data: Float32Array): Constant {
    return constant(`${this.name}/${short}`, 'float32', shape, data);
  }

  scalar(short: string, value: number): Constant {
    return this.own(short, [], Float32Array.of(value));
  }

  /** Errors: CompileError for a tensor that no target could hold. */
  checkShape(shape: Shape): void {
    const problem = shapeProblem(shape);
    if (problem !== null) throw this.wrong('E-GRAPHDEF-SHAPE', problem);
  }

  /** Takes what a constant that is computed while reading needs. Errors: CompileError beyond all measure. */
  spend(shape: Shape): void {
    this.checkShape(shape);
    const { budget } = this.construction;
    budget.elements -= shape.reduce((product, size) => product * size, 1);
    if (budget.elements < 0) throw this.wrong('E-GRAPHDEF-CONSTANTS', 'computes more constants than any target holds');
  }

  unsupported(code: `E-${string}`, found: string): UnsupportedError {
    return new UnsupportedError(
      code,
      this.where,
      found,
      'Change this layer, or convert the model with TensorFlow Lite',
    );
  }

  wrong(code: `E-${string}`, found: string): CompileError {
    return new CompileError(code, this.where, found, REMEDY);
  }
}
