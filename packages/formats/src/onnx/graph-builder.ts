import {
  CompileError,
  type DType,
  elementCount,
  GraphEditor,
  type NodeAttributes,
  numbers,
  type OpName,
  type QuantizationParams,
  type Shape,
  type Tensor,
  type TensorData,
  type TensorId,
  type TensorType,
} from '@kiln/ir';
import { channelsFirstOrder, channelsLastOrder, keepsOrder, permuted, rearranged } from './arrange.js';
import { MOST_ELEMENTS } from './check-file.js';

/** What a name of the file stands for. */
export interface Value {
  /** As the file has it. */
  readonly shape: Shape;
  /** Where the values are: in this order, or, of the file's [N, C, ...], as [N, ..., C]. */
  readonly layout: Layout;
  readonly id: TensorId;
  /** Whether integers with a scale are meant as the reals that they stand for. */
  readonly real: boolean;
}

export type Layout = 'plain' | 'channelsLast';

/** Everything that flows through a network together may have this many elements. */
const MOST_ACTIVATIONS = 2 ** 25;

/** The graph that is being built, and other forms of its tensors that are there already. */
export class GraphBuilder {
  readonly editor: GraphEditor;
  readonly #forms = new Map<string, Value>();
  #elements = 0;

  constructor(name: string) {
    this.editor = GraphEditor.empty(name, null);
  }

  tensor(id: TensorId): Tensor {
    return this.editor.finish().tensors.get(id)!;
  }

  /** The values of a constant as they are stored, or null. */
  data({ id }: Value): TensorData | null {
    return this.tensor(id).data;
  }

  /** The tensor once more, with changes. */
  copy(id: TensorId, change: Partial<Omit<Tensor, 'id'>>): TensorId {
    const { id: _, ...tensor } = this.tensor(id);
    return this.editor.addTensor({ ...tensor, ...change });
  }

  constant(
    name: string,
    shape: Shape,
    dtype: DType,
    data: TensorData,
    quantization: QuantizationParams | null = null,
  ): Value {
    const id = this.editor.addTensor({ name, shape, dtype, quantization, data });
    return { shape, layout: 'plain', id, real: quantization !== null };
  }

  /** A tensor that flows. Errors: CompileError where the network grows beyond what any target could hold. */
  flowing(name: string, type: TensorType, where: string): TensorId {
    const count = elementCount(type.shape);
    this.#elements += count;
    if (count > MOST_ELEMENTS || this.#elements > MOST_ACTIVATIONS) {
      const message = `makes [${type.shape.join(', ')}] elements, expected at most ${MOST_ACTIVATIONS} in all`;
      throw new CompileError('E-ONNX-SIZE', where, message, 'Build a smaller network');
    }
    return this.editor.addTensor({ name, ...type, data: null });
  }

  /** A node with one result. */
  node<K extends OpName>(
    op: K,
    name: string,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    type: TensorType,
  ): TensorId {
    const output = this.flowing(name, type, `node '${name}'`);
    this.editor.addNode(op, name, attributes, inputs, [output]);
    return output;
  }

  /** The value with its elements in the order that the file has. */
  plain(value: Value): Value {
    if (value.layout === 'plain') return value;
    return this.#moved(value, 'plain', channelsFirstOrder(value.shape.length), value.shape);
  }

  /** The value with its channels last. Requires: at least two dimensions. */
  channelsLast(value: Value): Value {
    if (value.layout === 'channelsLast') return value;
    const order = channelsLastOrder(value.shape.length);
    return this.#moved(value, 'channelsLast', order, permuted(value.shape, order));
  }

  in(layout: Layout, value: Value): Value {
    return layout === 'plain' ? this.plain(value) : this.channelsLast(value);
  }

  /** The value as float32 where it is integers with a scale. */
  float(value: Value): Value {
    if (!value.real) return value;
    return this.#form(`${value.id} float`, () => {
      const { name, shape, data, quantization } = this.tensor(value.id);
      const type = { shape, dtype: 'float32', quantization: null } as const;
      if (data !== null) {
        const id = this.editor.addTensor({ name, ...type, data: realValues(data, shape, quantization!) });
        return { ...value, id, real: false };
      }
      return { ...value, id: this.node('dequantize', `${name}/dequantize`, {}, [value.id], type), real: false };
    });
  }

  /** Integers of another scale or type, or of floats. Constants are rounded here. */
  quantized(value: Value, dtype: DType, quantization: QuantizationParams): Value {
    const { name, shape, data, dtype: from, quantization: own } = this.tensor(value.id);
    const key = JSON.stringify([dtype, quantization]);
    if (value.real && JSON.stringify([from, own]) === key) return value;
    return this.#form(`${value.id} ${value.real} ${key}`, () => {
      const type = { shape, dtype, quantization };
      if (data !== null) {
        const reals = value.real ? realValues(data, shape, own!) : Float32Array.from(numbers(data));
        const id = this.editor.addTensor({ name, ...type, data: integers(reals, dtype, quantization) });
        return { ...value, id, real: true };
      }
      return { ...value, id: this.node('quantize', `${name}/quantize`, {}, [value.id], type), real: true };
    });
  }

  #moved(value: Value, layout: Layout, order: readonly number[], shape: Shape): Value {
    return this.#form(`${value.id} ${layout}`, () => {
      const { name, dtype, quantization, data, shape: from } = this.tensor(value.id);
      const type = { shape, dtype, quantization };
      const id =
        data !== null
          ? this.editor.addTensor({ name, ...type, data: rearranged(data, from, order) })
          : keepsOrder(from, order)
            ? this.node('reshape', `${name}/${layout}`, { shape }, [value.id], type)
            : this.node('transpose', `${name}/${layout}`, { permutation: order }, [value.id], type);
      const moved = { ...value, id, layout };
      this.#forms.set(`${id} ${value.layout}`, value);
      return moved;
    });
  }

  #form(key: string, make: () => Value): Value {
    const known = this.#forms.get(key) ?? make();
    this.#forms.set(key, known);
    return known;
  }
}

/** real = scale * (q - zeroPoint) */
function realValues(data: TensorData, shape: Shape, quantization: QuantizationParams): Float32Array {
  const { scale, zeroPoint, axis } = quantization;
  const [size, inner] = axis === null ? [1, 1] : [shape[axis]!, elementCount(shape.slice(axis + 1))];
  return Float32Array.from(numbers(data), (value, i) => {
    const channel = axis === null ? 0 : Math.floor(i / inner) % size;
    return scale[channel]! * (value - zeroPoint[channel]!);
  });
}

const LIMITS: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
};

/** q = clamp(round(x / scale) + zeroPoint), halves to the even one. Source: ONNX, QuantizeLinear. */
function integers(reals: Float32Array, dtype: DType, { scale, zeroPoint }: QuantizationParams): TensorData {
  const [low, high] = LIMITS[dtype]!;
  const values = Array.from(reals, (real) => {
    const exact = Math.fround(real / scale[0]!);
    const whole = exact % 1 === 0.5 || exact % 1 === -0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
    return Math.max(low, Math.min(high, whole + zeroPoint[0]!));
  });
  return dtype === 'int8'
    ? Int8Array.from(values)
    : dtype === 'int16'
      ? Int16Array.from(values)
      : Uint8Array.from(values);
}
