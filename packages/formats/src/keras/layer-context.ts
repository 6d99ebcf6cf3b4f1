import {
  CompileError,
  elementCount,
  type GraphEditor,
  type NodeAttributes,
  type OpName,
  type Shape,
  type TensorId,
  throwAll,
} from '@kiln/ir';
import { type Weight, weightErrors } from './weight-source.js';

/** What a layer's converter works with: it appends nodes that read `inputs` and answers with the id of its result. */
export class LayerContext {
  #nodes = 0;

  constructor(
    readonly editor: GraphEditor,
    /** The layer's name, after those of the networks it stands in; a shared layer's later calls are numbered. */
    readonly name: string,
    readonly inputs: readonly TensorId[],
    private readonly shapes: Map<TensorId, Shape>,
    private readonly networkInputs: readonly TensorId[],
    private readonly read: (names: readonly string[]) => readonly (Weight | null)[],
  ) {}

  /** The only input. Errors: CompileError if there are others. */
  get input(): TensorId {
    const [only, ...others] = this.inputs;
    if (only !== undefined && others.length === 0) return only;
    const message = `is called with ${this.inputs.length} inputs, expected one`;
    throw new CompileError('E-KERAS-INPUTS', `layer '${this.name}'`, message, 'Save the model again');
  }

  /** Whether the layer reads an input of the whole network. */
  get isInput(): boolean {
    return this.networkInputs.includes(this.input);
  }

  /** Shape of a tensor, with a batch of 1. */
  shapeOf(id: TensorId): Shape {
    return this.shapes.get(id)!;
  }

  get shape(): Shape {
    return this.shapeOf(this.input);
  }

  /** The layer's weights by their names in Keras's order, each of the shape that is asked for; null stands for any size. */
  weights(wanted: readonly (readonly [name: string, shape: readonly (number | null)[]])[]): Weight[] {
    const found = this.read(wanted.map(([name]) => name));
    throwAll(wanted.flatMap(([name, shape], i) => weightErrors(found[i] ?? null, name, shape, this.name)));
    return found as Weight[];
  }

  constant(short: string, shape: Shape, data: Float32Array): TensorId {
    const id = this.editor.addTensor({ ...FLOAT, name: `${this.name}/${short}`, shape, data });
    this.shapes.set(id, shape);
    return id;
  }

  scalar(short: string, value: number): TensorId {
    return this.constant(short, [], Float32Array.of(value));
  }

  /** Appends a node; the layer's first has its name, the others say what they do. */
  node<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    shape: Shape,
    suffix = this.#nodes === 0 ? '' : `/${op}`,
  ): TensorId {
    this.#nodes += 1;
    const name = `${this.name}${suffix}`;
    checkSize(shape, `layer '${this.name}'`);
    const output = this.editor.addTensor({ ...FLOAT, name, shape, data: null });
    this.shapes.set(output, shape);
    this.editor.addNode(op, name, attributes, inputs, [output]);
    return output;
  }
}

/** More elements than any microcontroller holds: a mistake or an attack. */
const MOST_ELEMENTS = 2 ** 22;

/** Errors: CompileError for a tensor that no target could hold. */
export function checkSize(shape: Shape, where: string): void {
  if (elementCount(shape) <= MOST_ELEMENTS) return;
  const message = `has [${shape.join(', ')}] elements, expected at most ${MOST_ELEMENTS}`;
  throw new CompileError('E-KERAS-SIZE', where, message, 'Build a smaller network');
}

const FLOAT = { dtype: 'float32', quantization: null } as const;
