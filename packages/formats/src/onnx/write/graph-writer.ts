import { type DType, type QuantizationParams, type Shape, type Tensor, type TensorData, type TensorId } from '@kiln/ir';
import { channelsFirstOrder, channelsLastOrder, keepsOrder, permuted, rearranged } from '../arrange.js';
import { ATTRIBUTE_TYPE, type AttributeProto, DATA_TYPE, type NodeProto, type TensorProto } from '../proto.js';

/** Where the values of an image are: as Kiln has them, or as ONNX's operators want them, [N, C, H, W]. */
export type Order = 'channelsLast' | 'channelsFirst';

/** A value of the written graph: floats wherever the network has integers with a scale. */
export interface Written {
  readonly name: string;
  readonly order: Order;
}

export type AttributeValue = Omit<AttributeProto, 'name'>;
export const int = (i: number): AttributeValue => ({ type: ATTRIBUTE_TYPE.int, i });
export const ints = (list: readonly number[]): AttributeValue => ({ type: ATTRIBUTE_TYPE.ints, ints: list });
export const float = (f: number): AttributeValue => ({ type: ATTRIBUTE_TYPE.float, f });
export const text = (s: string): AttributeValue => ({ type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(s) });

/** Collects nodes and constants; what adds one answers with the name by which others read it. */
export class OnnxWriter {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly #names = new Set<string>();
  readonly #known = new Map<string, string>();

  /** `batch` is the first size of all that flows: 1, or -1 where it is free. */
  constructor(
    readonly batch: number,
    readonly opset: number,
  ) {}

  node(
    op: string,
    hint: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs = 1,
  ): string {
    return this.results(op, hint, input, attributes, outputs)[0]!;
  }

  /** A node with several results. */
  results(
    op: string,
    hint: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    outputs: number,
  ): string[] {
    const name = this.unique(hint);
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : this.unique(`${hint}_${i}`)));
    const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...value }));
    this.nodes.push({ input, output, name, op_type: op, attribute });
    return output;
  }

  /** Names are unique, and none is empty. */
  unique(hint: string): string {
    const plain = hint === '' ? 'value' : hint;
    let name = plain;
    for (let n = 1; this.#names.has(name); n++) name = `${plain}_${n}`;
    this.#names.add(name);
    return name;
  }

  constant(hint: string, dtype: DType, shape: Shape, data: TensorData): string {
    const name = this.unique(hint);
    const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.constants.push({ name, dims: shape, data_type: DATA_TYPE[dtype], raw_data });
    return name;
  }

  integers(hint: string, values: readonly number[]): string {
    return this.constant(hint, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  scalar(hint: string, value: number): string {
    return this.constant(hint, 'float32', [], Float32Array.of(value));
  }

  /** A constant with its dimensions in another order: floats, or what stands for reals by its DequantizeLinear. */
  rearranged(tensor: Tensor, order: readonly number[], shape = permuted(tensor.shape, order)): string {
    const { name, dtype, quantization } = tensor;
    const key = `${tensor.id} ${order.join()} ${shape.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const data = rearranged(tensor.data!, tensor.shape, order);
    const axis = quantization?.axis ?? null;
    const along = quantization === null ? null : { ...quantization, axis: axis === null ? null : order.indexOf(axis) };
    const values = this.constant(along === null ? name : `${name}_integers`, dtype, shape, data);
    const written = along === null ? values : this.#reals(name, values, dtype, along);
    this.#known.set(key, written);
    return written;
  }

  #reals(hint: string, values: string, dtype: DType, { scale, zeroPoint, axis }: QuantizationParams): string {
    const shape = axis === null ? [] : [scale.length];
    const steps = this.constant(`${hint}_scale`, 'float32', shape, Float32Array.from(scale));
    // Integers of 32 bits have no zero point.
    const zero = dtype === 'int32' ? [] : [this.#zero(hint, dtype, shape, zeroPoint)];
    return this.node('DequantizeLinear', hint, [values, steps, ...zero], axis === null ? {} : { axis: int(axis) });
  }

  #zero(hint: string, dtype: DType, shape: Shape, zeroPoint: readonly number[]): string {
    const types = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array } as const;
    const data = types[dtype as keyof typeof types].from(zeroPoint);
    return this.constant(`${hint}_zero_point`, dtype, shape, data);
  }

  /** Rounded to the tensor's integers and back. */
  rounded(value: string, { name, dtype, quantization }: Pick<Tensor, 'name' | 'dtype' | 'quantization'>): string {
    const { scale, zeroPoint } = quantization!;
    const steps = this.constant(`${name}_scale`, 'float32', [], Float32Array.of(scale[0]!));
    const zero = this.#zero(name, dtype, [], zeroPoint.slice(0, 1));
    const integers = this.node('QuantizeLinear', `${name}_integers`, [value, steps, zero]);
    return this.node('DequantizeLinear', `${name}_reals`, [integers, steps, zero]);
  }

  /** An image of Kiln's `shape` in another order. */
  ordered({ name, order }: Written, wanted: Order, shape: Shape): string {
    if (order === wanted) return name;
    const key = `${name} ${wanted}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const moves = wanted === 'channelsFirst' ? channelsFirstOrder(shape.length) : channelsLastOrder(shape.length);
    const from = order === 'channelsLast' ? shape : permuted(shape, channelsFirstOrder(shape.length));
    const moved = keepsOrder(from, moves)
      ? this.node('Reshape', `${name}_${wanted}`, [
          name,
          this.integers(`${name}_shape`, this.batched(permuted(from, moves))),
        ])
      : this.node('Transpose', `${name}_${wanted}`, [name], { perm: ints(moves) });
    this.#known.set(key, moved);
    return moved;
  }

  /** The shape with the batch in front: as it is where that is 1, with -1 where it is free. */
  batched(shape: Shape): Shape {
    return this.batch === -1 ? [-1, ...shape.slice(1)] : shape;
  }
}

/** By tensor of the network. */
export type WrittenValues = Map<TensorId, Written>;
