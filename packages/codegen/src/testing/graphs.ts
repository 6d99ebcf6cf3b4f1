import {
  type DType,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  NOT_INFERRED,
  type OpName,
  type Shape,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import { randomUnit } from './random-int32.js';

/** Builds chains of layers with seeded weights, for tests. */
export class ChainBuilder {
  private readonly editor: GraphEditor;
  private readonly random: () => number;
  private readonly input: TensorId;
  private current: TensorId;
  private count = 0;

  constructor(
    shape: Shape,
    options: { dtype?: DType; seed?: number; name?: string; classes?: readonly string[] } = {},
  ) {
    this.editor = GraphEditor.empty(options.name ?? 'test', options.classes ?? null);
    this.random = randomUnit(options.seed ?? 1);
    this.input = this.tensor('input', shape, null, options.dtype ?? 'float32');
    this.current = this.input;
  }

  /** Values in [-spread, spread). */
  values(count: number, spread: number): Float32Array {
    return Float32Array.from({ length: count }, () => (this.random() * 2 - 1) * spread);
  }

  conv2d(filters: number, kernel: Shape, attributes: Partial<NodeAttributes['conv2d']> = {}): this {
    const [height = 1, width = 1, channels = 1] = kernel;
    const size = filters * height * width * channels;
    const weights = this.tensor('weights', [filters, height, width, channels], this.values(size, 0.5));
    const bias = this.tensor('bias', [filters], this.values(filters, 0.5));
    const defaults = { strides: [1, 1], dilations: [1, 1], padding: 'valid', activation: 'none' } as const;
    return this.add('conv2d', { ...defaults, ...attributes }, [weights, bias]);
  }

  /** `channels` in all, `channels` or a divisor of them coming in. */
  depthwiseConv2d(channels: number, kernel: Shape, attributes: Partial<NodeAttributes['depthwiseConv2d']> = {}): this {
    const shape = [1, ...kernel, channels];
    const size = shape.reduce((product, length) => product * length, 1);
    const weights = this.tensor('weights', shape, this.values(size, 0.5));
    const bias = this.tensor('bias', [channels], this.values(channels, 0.5));
    const defaults = { strides: [1, 1], dilations: [1, 1], padding: 'valid', activation: 'none' } as const;
    return this.add('depthwiseConv2d', { ...defaults, ...attributes }, [weights, bias]);
  }

  dense(units: number, features: number, activation: 'none' | 'relu' = 'none'): this {
    const weights = this.tensor('weights', [units, features], this.values(units * features, 0.5));
    return this.add('dense', { activation }, [weights, this.tensor('bias', [units], this.values(units, 0.5))]);
  }

  maxPool2d(attributes: Partial<NodeAttributes['maxPool2d']> = {}): this {
    return this.add('maxPool2d', {
      window: [2, 2],
      strides: [2, 2],
      padding: 'valid',
      activation: 'none',
      ...attributes,
    });
  }

  standardize(shape: Shape): this {
    const count = shape.reduce((product, size) => product * size, 1);
    const mean = this.tensor(
      'mean',
      shape,
      this.values(count, 8).map((value) => value + 8),
    );
    const inverse = this.tensor(
      'inverse',
      shape,
      this.values(count, 0.1).map((value) => value + 0.2),
    );
    return this.add('standardize', {}, [mean, inverse]);
  }

  relu(): this {
    return this.add('relu', {});
  }

  softmax(): this {
    return this.add('softmax', { beta: 1 });
  }

  /** Any operator of one input. */
  apply<K extends OpName>(op: K, attributes: NodeAttributes[K]): this {
    return this.add(op, attributes);
  }

  reshape(shape: Shape): this {
    return this.add('reshape', { shape });
  }

  finish(): Graph {
    return this.editor.finish({ inputs: [this.input], outputs: [this.current] });
  }

  private add<K extends OpName>(op: K, attributes: NodeAttributes[K], constants: readonly TensorId[] = []): this {
    this.count += 1;
    const name = `${op}_${this.count}`;
    const output = this.tensor(name, NOT_INFERRED, null);
    this.editor.addNode(op, name, attributes, [this.current, ...constants], [output]);
    this.current = output;
    return this;
  }

  private tensor(name: string, shape: Shape, data: TensorData | null, dtype: DType = 'float32'): TensorId {
    return this.editor.addTensor({ name, shape, dtype, quantization: null, data });
  }
}

/** `count` seeded samples for a network with one input. */
export function samples(count: number, elements: number, dtype: 'float32' | 'uint8', seed = 1): TensorData[][] {
  const random = randomUnit(seed);
  const sample = (): TensorData =>
    dtype === 'uint8'
      ? Uint8Array.from({ length: elements }, () => Math.floor(random() * 17))
      : Float32Array.from({ length: elements }, () => random() * 4 - 2);
  return Array.from({ length: count }, () => [sample()]);
}

/** The shape of the notebook's digits network, with seeded weights. */
export function digitsNetwork(seed = 1): Graph {
  return new ChainBuilder([1, 8, 8, 1], { dtype: 'uint8', seed, name: 'digits', classes: [...'0123456789'] })
    .standardize([1, 8, 8, 1])
    .conv2d(32, [3, 3, 1])
    .relu()
    .conv2d(32, [3, 3, 32], { padding: 'same' })
    .reshape([1, 36, 32, 1])
    .maxPool2d()
    .reshape([1, 6, 3, 16])
    .reshape([1, -1])
    .dense(128, 288)
    .relu()
    .dense(10, 128)
    .softmax()
    .finish();
}
