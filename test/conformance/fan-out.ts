import {
  type DType,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  NOT_INFERRED,
  type OpName,
  perAxis,
  perTensor,
  type QuantizationParams,
  type Shape,
  type TensorData,
  type TensorId,
} from '@kiln/ir';

/** mulberry32: the same numbers in [0, 1) for the same seed. */
export function seededUnit(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One input, and many nodes side by side that all read it, each an output: one compilation proves them all. */
export class FanOut {
  readonly random: () => number;
  private readonly editor: GraphEditor;
  private readonly input: TensorId;
  private readonly outputs: TensorId[] = [];

  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly quantization: QuantizationParams | null,
    seed: number,
  ) {
    this.random = seededUnit(seed);
    this.editor = GraphEditor.empty('fan', null);
    this.input = this.tensor('input', shape, dtype, quantization, null);
  }

  /** A node that reads the input (or `from`) and constants; answers with its output. */
  add<K extends OpName>(
    op: K,
    name: string,
    attributes: NodeAttributes[K],
    output: { dtype: DType; quantization: QuantizationParams | null },
    constants: readonly TensorId[] = [],
    from: TensorId = this.input,
  ): TensorId {
    const id = this.tensor(name, NOT_INFERRED, output.dtype, output.quantization, null);
    this.editor.addNode(op, name, attributes, [from, ...constants], [id]);
    return id;
  }

  /** The same, as an output of the graph. */
  end<K extends OpName>(...args: Parameters<typeof this.add<K>>): void {
    this.outputs.push(this.add(...args));
  }

  /** Weights with every value that int8 has, -128 too, and biases in units of the input's scale times theirs. */
  weights(shape: Shape, weightScale: number, spread = 128): [TensorId, TensorId] {
    const channels = shape[0]!;
    const count = shape.reduce((product, size) => product * size, 1);
    const scales = Array.from({ length: channels }, () => Math.fround(weightScale * (0.25 + this.random())));
    const values = Int8Array.from({ length: count }, () => Math.floor((this.random() * 2 - 1) * spread));
    values.set([-128, 127].slice(0, count));
    const biases = Int32Array.from({ length: channels }, () => Math.floor((this.random() * 2 - 1) * 40_000));
    const inputScale = this.quantization?.scale[0] ?? 1;
    return [
      this.tensor('weights', shape, 'int8', perAxis(scales, 0), values),
      this.tensor(
        'bias',
        [channels],
        'int32',
        perAxis(
          scales.map((scale) => scale * inputScale),
          0,
        ),
        biases,
      ),
    ];
  }

  floatWeights(shape: Shape): [TensorId, TensorId] {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = (length: number): Float32Array => Float32Array.from({ length }, () => this.random() * 2 - 1);
    return [
      this.tensor('weights', shape, 'float32', null, values(count)),
      this.tensor('bias', [shape[0]!], 'float32', null, values(shape[0]!)),
    ];
  }

  constant(values: Float32Array): TensorId {
    return this.tensor('constant', this.shape, 'float32', null, values);
  }

  finish(): Graph {
    return this.editor.finish({ inputs: [this.input], outputs: this.outputs });
  }

  private tensor(
    name: string,
    shape: Shape,
    dtype: DType,
    quantization: QuantizationParams | null,
    data: TensorData | null,
  ): TensorId {
    return this.editor.addTensor({ name, shape, dtype, quantization, data });
  }
}

/** int8 with one scale. */
export const int8 = (scale: number, zeroPoint: number) => ({
  dtype: 'int8' as const,
  quantization: perTensor(Math.fround(scale), zeroPoint),
});
export const float32 = { dtype: 'float32' as const, quantization: null };
