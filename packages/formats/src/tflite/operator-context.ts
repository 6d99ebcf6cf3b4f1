import {
  type Activation,
  CompileError,
  type DType,
  type GraphEditor,
  type NodeAttributes,
  type OpName,
  type Padding,
  perAxis,
  perTensor,
  type QuantizationParams,
  type Shape,
  type TensorData,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import type { FileOperator, FileTensor } from './file-model.js';
import { layerName } from './layer-name.js';
import type { GraphMemory } from './graph-memory.js';
import { realValues } from './real-values.js';
import { ACTIVATION_FUNCTIONS, PADDINGS } from './schema/enums.js';
import { defaultTable, type Table, type TableName } from './schema/read-table.js';

/** Type of a tensor that the reader adds. */
export interface NewTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly quantization?: QuantizationParams | null;
  readonly data?: TensorData | null;
}

/** The graph that is being built, and which of its tensors each of the file's is. */
export interface GraphUnderConstruction {
  readonly editor: GraphEditor;
  readonly tensors: readonly FileTensor[];
  readonly ids: Map<number, TensorId>;
  /** What all names begin with: no name of a node repeats it. */
  readonly scope: string;
  readonly memory: GraphMemory;
}

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  NONE: 'none',
  RELU: 'relu',
  RELU_N1_TO_1: 'reluN1To1',
  RELU6: 'relu6',
};

/** One operator of the file on its way into the graph: what it reads and writes, and the means to add nodes for it. */
export class OperatorContext {
  constructor(
    private readonly graph: GraphUnderConstruction,
    readonly operator: FileOperator,
    private readonly model: string,
  ) {}

  /** `model.tflite, operator 3 CONV_2D (x, weights -> y)`: what every error starts with. */
  get where(): string {
    const { inputs, outputs, index, builtin } = this.operator;
    const names = (ids: readonly number[]): string => ids.map((id) => this.graph.tensors[id]?.name ?? '-').join(', ');
    return `${this.model}, operator ${index} ${builtin} (${names(inputs)} -> ${names(outputs)})`;
  }

  /** Names of the nodes come from the first result: it is what people know from their own network. */
  get name(): string {
    const { builtin, outputs } = this.operator;
    const output = this.graph.tensors[outputs[0] ?? -1];
    return output === undefined || output.name === ''
      ? builtin.toLowerCase()
      : layerName(output.name, builtin, this.graph.scope);
  }

  /** What outlives a run, and the other subgraphs. */
  get memory(): GraphMemory {
    return this.graph.memory;
  }

  get inputCount(): number {
    return this.operator.inputs.length;
  }

  get outputCount(): number {
    return this.operator.outputs.length;
  }

  /** Whether the operator has an input i at all. */
  has(i: number): boolean {
    return (this.operator.inputs[i] ?? -1) >= 0;
  }

  /** The file's tensor behind input i. Throws `CompileError` if it is left out. */
  tensor(i: number): FileTensor {
    const tensor = this.graph.tensors[this.operator.inputs[i] ?? -1];
    if (tensor !== undefined) return tensor;
    throw new CompileError('E-TFLITE-INPUT', this.where, `lacks its input ${i}`, 'Convert the model again');
  }

  /** The file's tensor behind output i. */
  result(i = 0): FileTensor {
    const tensor = this.graph.tensors[this.operator.outputs[i] ?? -1];
    if (tensor !== undefined) return tensor;
    throw new CompileError('E-TFLITE-OUTPUT', this.where, `lacks its output ${i}`, 'Convert the model again');
  }

  /** The graph's tensor for input i. */
  input(i: number): TensorId {
    const { index, type, dtype } = this.tensor(i);
    const id = this.graph.ids.get(index);
    if (id !== undefined) return id;
    throw this.unsupported('E-TFLITE-TYPE', `reads '${this.tensor(i).name}' of type ${dtype === null ? type : dtype}`);
  }

  /** All inputs, none of them left out. */
  allInputs(): TensorId[] {
    return this.operator.inputs.map((_, i) => this.input(i));
  }

  /** The graph's tensor for output i, as the file describes it. */
  output(i = 0): TensorId {
    const { index, name, shape, dtype, type, quantization } = this.result(i);
    if (dtype === null) throw this.unsupported('E-TFLITE-TYPE', `writes '${name}' of type ${type}`);
    const known = this.graph.ids.get(index);
    if (known !== undefined) return known;
    const id = this.graph.editor.addTensor({ name, shape, dtype, quantization, data: null });
    this.graph.ids.set(index, id);
    return id;
  }

  /** Output i is another tensor under its own name: no node is needed. */
  outputIs(i: number, id: TensorId): void {
    this.graph.ids.set(this.result(i).index, id);
  }

  /** The values of input i, which must be a constant. */
  constant(i: number): TensorData {
    const { data, name } = this.tensor(i);
    if (data !== null) return data;
    throw this.unsupported('E-TFLITE-DYNAMIC', `computes '${name}' at run time, expected a constant`);
  }

  /** The values of a constant of integers. */
  integers(i: number): number[] {
    const data = this.constant(i);
    if (data instanceof Float32Array) throw this.unsupported('E-TFLITE-TYPE', `has floats in '${this.tensor(i).name}'`);
    return Array.from(data as Int32Array, Number);
  }

  /** The one value of a constant. */
  integer(i: number): number {
    const [value, ...others] = this.integers(i);
    if (value !== undefined && others.length === 0) return value;
    const message = `has ${others.length + (value === undefined ? 0 : 1)} values in '${this.tensor(i).name}', expected one`;
    throw new CompileError('E-TFLITE-SCALAR', this.where, message, 'Convert the model again');
  }

  /** A dimension of a tensor of `rank` dimensions, counted from the end where it is negative. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (axis >= 0 && axis < rank) return axis;
    const message = `names dimension ${value}, expected ${-rank} to ${rank - 1}`;
    throw new CompileError('E-TFLITE-AXIS', this.where, message, 'Convert the model again');
  }

  /** The operator's options; the defaults where the file leaves them out. */
  options<K extends TableName>(name: K): Table<K> {
    const { options } = this.operator;
    if (options === null) return defaultTable(name);
    if (options.member === name && options.table !== null) return options.table as unknown as Table<K>;
    const message = `has ${options.member}, expected ${name}`;
    throw new CompileError('E-TFLITE-OPTIONS', this.where, message, 'Convert the model again');
  }

  /** A fused activation by its number. */
  activation(number: number): Activation {
    const name = ACTIVATION_FUNCTIONS[number] ?? String(number);
    const activation = ACTIVATIONS[name];
    if (activation !== undefined) return activation;
    throw this.unsupported(
      'E-TFLITE-ACTIVATION',
      `has the fused activation ${name}, expected ${Object.keys(ACTIVATIONS).join(', ')}`,
    );
  }

  padding(number: number): Padding {
    const name = PADDINGS[number];
    if (name !== undefined) return name === 'SAME' ? 'same' : 'valid';
    throw this.unsupported('E-TFLITE-PADDING', `has the padding ${number}, expected ${PADDINGS.join(' or ')}`);
  }

  /** Sizes, strides and the like must be 1 or more. */
  positive(what: string, ...values: readonly number[]): void {
    if (values.every((value) => value >= 1)) return;
    const message = `has the ${what} [${values.join(', ')}], expected 1 or more`;
    throw new CompileError('E-TFLITE-OPTION', this.where, message, 'Convert the model again');
  }

  /** Adds a node that writes the operator's outputs, or `outputs`. */
  emit<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    outputs: readonly TensorId[] = this.operator.outputs.map((_, i) => this.output(i)),
    suffix = '',
  ): void {
    this.graph.editor.addNode(op, `${this.name}${suffix}`, attributes, inputs, outputs);
  }

  /** A tensor between two nodes, or a constant. */
  add(suffix: string, { shape, dtype, quantization = null, data = null }: NewTensor): TensorId {
    return this.graph.editor.addTensor({ name: `${this.name}${suffix}`, shape, dtype, quantization, data });
  }

  /** The tensor under another shape. */
  reshaped(id: TensorId, from: FileTensor, shape: Shape, suffix: string): TensorId {
    const output = this.add(suffix, { shape, dtype: this.dtypeOf(from), quantization: from.quantization });
    this.emit('reshape', { shape }, [id], [output], suffix);
    return output;
  }

  dtypeOf({ dtype, name, type }: FileTensor): DType {
    if (dtype !== null) return dtype;
    throw this.unsupported('E-TFLITE-TYPE', `reads '${name}' of type ${type}`);
  }

  /** The bias at input i, or zeros for `channels` of the type that goes with x and weights. */
  bias(i: number, channels: number, x: FileTensor, weights: FileTensor): TensorId {
    if (this.has(i)) return this.input(i);
    if (x.dtype === 'float32')
      return this.add('/bias', { shape: [channels], dtype: 'float32', data: new Float32Array(channels) });
    const scale = x.quantization?.scale[0] ?? 1;
    const scales = (weights.quantization?.scale ?? [1]).map((weightScale) => scale * weightScale);
    const quantization = scales.length === 1 ? perTensor(scales[0]!, 0) : perAxis(scales, 0);
    return x.dtype === 'int16'
      ? this.add('/bias', { shape: [channels], dtype: 'int64', quantization, data: new BigInt64Array(channels) })
      : this.add('/bias', { shape: [channels], dtype: 'int32', quantization, data: new Int32Array(channels) });
  }

  /**
   * The weights at input i, as reals where x is float32: files quantized by "dynamic range" hold integers there, which
   * TensorFlow Lite multiplies with inputs that it rounds to 8 bits at run time, and Kiln with the inputs as they are.
   */
  weights(i: number, x: FileTensor): TensorId {
    const weights = this.tensor(i);
    if (x.dtype !== 'float32' || weights.dtype !== 'int8' || weights.data === null) return this.input(i);
    return this.add('/weights', { shape: weights.shape, dtype: 'float32', data: realValues(weights) });
  }

  unsupported(code: `E-${string}`, message: string, remedy = 'Convert the model without it'): UnsupportedError {
    return new UnsupportedError(code, this.where, message, remedy);
  }
}

/** Turns one kind of operator into nodes. Throws `KilnError`s; the reader collects them over all operators. */
export type OperatorReader = (context: OperatorContext) => void;
export type OperatorReaders = Readonly<Record<string, OperatorReader>>;
