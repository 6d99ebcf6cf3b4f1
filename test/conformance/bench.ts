import { type Compilation, compile, referenceTrace } from '@kiln/codegen';
import {
  type CProject,
  type DType,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  NOT_INFERRED,
  type OpName,
  perTensor,
  type QuantizationParams,
  type Shape,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  describeDifference,
  edgeInputs,
  type Engine,
  type HostOptions,
  type InputSet,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { expect } from 'vitest';

/** What a tensor's elements are. */
export interface ElementType {
  readonly dtype: DType;
  readonly quantization: QuantizationParams | null;
}

/** A type with one scale; the zero point is 0 unless given. */
export function quantizedType(dtype: DType, scale: number, zeroPoint = 0): ElementType {
  return { dtype, quantization: perTensor(scale, zeroPoint) };
}

export function plainType(dtype: DType): ElementType {
  return { dtype, quantization: null };
}

/** A type that stands for the dtype where scales do not matter. */
export function typeOf(dtype: DType): ElementType {
  return ['int8', 'uint8', 'int16'].includes(dtype) ? quantizedType(dtype, 0.5, 3) : plainType(dtype);
}

/** Many nodes on a few inputs, each an output of one graph: one compilation proves them all. */
export class Bench {
  private readonly editor = GraphEditor.empty('bench', null);
  private readonly inputs: TensorId[] = [];
  private readonly outputs: TensorId[] = [];

  /** `type` is that of all inputs and outputs that do not say otherwise. */
  constructor(private readonly type: ElementType) {}

  input(shape: Shape, type = this.type): TensorId {
    const id = this.tensor(`input ${this.inputs.length}`, shape, type, null);
    this.inputs.push(id);
    return id;
  }

  constant(shape: Shape, data: TensorData, type: ElementType): TensorId {
    return this.tensor('constant', shape, type, data);
  }

  /** A node with `count` outputs. */
  add<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    { count = 1, type = this.type }: { readonly count?: number; readonly type?: ElementType } = {},
  ): TensorId[] {
    const name = `${op} ${JSON.stringify(attributes)}`;
    const ids = Array.from({ length: count }, () => this.tensor(name, NOT_INFERRED, type, null));
    this.editor.addNode(op, name, attributes, inputs, ids);
    return ids;
  }

  /** The same; its outputs are the graph's. */
  end<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    options: { readonly count?: number; readonly type?: ElementType } = {},
  ): void {
    this.outputs.push(...this.add(op, attributes, inputs, options));
  }

  finish(): Graph {
    return this.editor.finish({ inputs: this.inputs, outputs: this.outputs });
  }

  private tensor(name: string, shape: Shape, type: ElementType, data: TensorData | null): TensorId {
    return this.editor.addTensor({ name, shape, ...type, data });
  }
}

export const DTYPES = ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'] as const;

/** A scalar of each dtype, at the edge of what it holds. */
export const SCALAR: Readonly<Record<DType, TensorData>> = {
  float32: Float32Array.of(-1.5),
  int8: Int8Array.of(-128),
  uint8: Uint8Array.of(255),
  int16: Int16Array.of(-32768),
  int32: Int32Array.of(-(2 ** 31)),
  int64: BigInt64Array.of(-(2n ** 63n)),
  bool: Uint8Array.of(1),
};

/** What an engine is run on: edges and random values unless said otherwise. */
export type InputsOf = (project: CProject) => InputSet;

const edgesAndRandom: InputsOf = (project) => joinInputs(edgeInputs(project), randomInputs(project, 10, 1));

/** Compiles the graph, runs reference and C on the inputs, and demands equal bytes of every node. */
export async function prove(graph: Graph, options: HostOptions = {}, inputsOf = edgesAndRandom): Promise<void> {
  const compiled = compile(graph, { name: 'bench', precision: 'model', source: 'a test', version: '0.1.0' });
  await proveOn(compiled, (project) => createHostEngine(project, { optimization: '-O0', ...options }), inputsOf);
}

/** The same of what has been compiled, on an engine. */
export async function proveOn(
  { graph, project }: Compilation,
  createEngine: (project: CProject) => Promise<Engine>,
  inputsOf = edgesAndRandom,
): Promise<void> {
  const inputs = inputsOf(project);
  const expected = referenceTrace(graph, project, inputs.bytes, inputs.count);
  const engine = await createEngine(project);
  try {
    const found = await engine.trace(inputs.bytes, inputs.count);
    const { first } = compareTraces(project, expected, found, inputs.count);
    expect(first === null ? 'equal' : describeDifference(first)).toBe('equal');
  } finally {
    await engine.dispose();
  }
}
