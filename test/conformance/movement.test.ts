import { compile, referenceTrace } from '@kiln/codegen';
import {
  type DType,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  NOT_INFERRED,
  type OpName,
  perTensor,
  type Shape,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  describeDifference,
  edgeInputs,
  findToolchain,
  type HostOptions,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';

const { gcc } = await findToolchain();

/** Many nodes on a few inputs, each an output of one graph: one compilation proves them all. */
class Bench {
  private readonly editor = GraphEditor.empty('movement', null);
  private readonly inputs: TensorId[] = [];
  private readonly outputs: TensorId[] = [];

  constructor(private readonly dtype: DType) {}

  input(shape: Shape, dtype = this.dtype): TensorId {
    const id = this.tensor(`input ${this.inputs.length}`, shape, dtype, null);
    this.inputs.push(id);
    return id;
  }

  constant(shape: Shape, data: TensorData, dtype: DType): TensorId {
    return this.tensor('constant', shape, dtype, data);
  }

  /** A node with `count` outputs. */
  add<K extends OpName>(op: K, attributes: NodeAttributes[K], inputs: readonly TensorId[], count = 1): TensorId[] {
    const name = `${op} ${JSON.stringify(attributes)}`;
    const ids = Array.from({ length: count }, () => this.tensor(name, NOT_INFERRED, this.dtype, null));
    this.editor.addNode(op, name, attributes, inputs, ids);
    return ids;
  }

  /** The same; its outputs are the graph's. */
  end<K extends OpName>(op: K, attributes: NodeAttributes[K], inputs: readonly TensorId[], count = 1): void {
    this.outputs.push(...this.add(op, attributes, inputs, count));
  }

  finish(): Graph {
    return this.editor.finish({ inputs: this.inputs, outputs: this.outputs });
  }

  private tensor(name: string, shape: Shape, dtype: DType, data: TensorData | null): TensorId {
    const quantization = QUANTIZED.has(dtype) && data === null ? perTensor(0.5, 3) : null;
    return this.editor.addTensor({ name, shape, dtype, quantization, data });
  }
}

const QUANTIZED: ReadonlySet<DType> = new Set<DType>(['int8', 'uint8', 'int16']);
const DTYPES = ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'] as const;

const SCALAR: Readonly<Record<DType, TensorData>> = {
  float32: Float32Array.of(-1.5),
  int8: Int8Array.of(-128),
  uint8: Uint8Array.of(255),
  int16: Int16Array.of(-32768),
  int32: Int32Array.of(-(2 ** 31)),
  int64: BigInt64Array.of(-(2n ** 63n)),
  bool: Uint8Array.of(1),
};

/** Compiles the graph, runs reference and C on edges and random inputs, and demands equal bytes of every node. */
async function prove(graph: Graph, options: HostOptions = {}): Promise<void> {
  const compiled = compile(graph, { name: 'movement', precision: 'float32', source: 'a test', version: '0.1.0' });
  const { graph: lowered, project } = compiled;
  const inputs = joinInputs(edgeInputs(project), randomInputs(project, 10, 1));
  const expected = referenceTrace(lowered, project, inputs.bytes, inputs.count);
  const engine = await createHostEngine(project, { optimization: '-O1', ...options });
  try {
    const found = await engine.trace(inputs.bytes, inputs.count);
    const { first } = compareTraces(project, expected, found, inputs.count);
    expect(first === null ? 'equal' : describeDifference(first)).toBe('equal');
  } finally {
    await engine.dispose();
  }
}

describe.skipIf(gcc === null)('the C of an operator that moves elements equals its reference', () => {
  test.each(DTYPES)('%s: transpose, concatenation, split, slice, pad', async (dtype) => {
    const bench = new Bench(dtype);
    const [x, y, value] = [bench.input([2, 3, 4, 5]), bench.input([2, 1, 4, 5]), bench.input([])];
    const scalar = bench.constant([], SCALAR[dtype], dtype);
    for (const permutation of [
      [0, 1, 2, 3],
      [0, 3, 1, 2],
      [3, 2, 1, 0],
      [1, 0, 2, 3],
      [0, 2, 1, 3],
    ])
      bench.end('transpose', { permutation }, [x]);
    bench.end('transpose', { permutation: [1, 0, 2, 3] }, [y]);
    bench.end('concatenation', { axis: 1 }, [x, y, x]);
    bench.end('concatenation', { axis: 3 }, [y, y]);
    bench.end('concatenation', { axis: 0 }, [x]);
    bench.end('split', { axis: 0, sizes: [1, 1] }, [x], 2);
    bench.end('split', { axis: 1, sizes: [2, 1] }, [x], 2);
    bench.end('split', { axis: 3, sizes: [1, 3, 1] }, [x], 3);
    for (const [begin, size, strides] of [
      [
        [1, 0, 0, 0],
        [1, 3, 4, 5],
        [1, 1, 1, 1],
      ],
      [
        [1, 1, 0, 0],
        [1, 2, 4, 5],
        [1, 1, 1, 1],
      ],
      [
        [0, 0, 0, 4],
        [2, 3, 4, 5],
        [1, 1, 1, -1],
      ],
      [
        [1, 2, 3, 3],
        [2, 2, 2, 2],
        [-1, -2, -2, -3],
      ],
      [
        [0, 1, 1, 1],
        [1, 1, 2, 3],
        [2, 3, 2, 1],
      ],
      [
        [1, 2, 3, 4],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
    ] as const)
      bench.end('slice', { begin, size, strides }, [x]);
    for (const [before, after] of [
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [
        [0, 1, 2, 0],
        [0, 2, 1, 0],
      ],
      [
        [1, 0, 0, 0],
        [2, 0, 0, 0],
      ],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 3],
      ],
      [
        [1, 2, 0, 1],
        [0, 0, 3, 1],
      ],
    ] as const) {
      bench.end('pad', { before, after }, [x, scalar]);
      bench.end('pad', { before, after }, [x, value]);
    }
    await prove(bench.finish(), { sanitize: dtype === 'int8' });
  });
});
