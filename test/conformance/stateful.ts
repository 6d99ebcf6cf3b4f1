import {
  type DType,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  type OpName,
  type Shape,
  type State,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import { type ElementType, plainType } from './bench.js';

/** Builds graphs tensor by tensor, all of one shape and type unless they say otherwise: those with states and inner graphs. */
export class GraphSketch {
  private readonly editor: GraphEditor;
  private readonly inputs: TensorId[] = [];
  private readonly states: State[] = [];
  private count = 0;

  constructor(
    name: string,
    private readonly shape: Shape,
    private readonly type: ElementType = plainType('float32'),
  ) {
    this.editor = GraphEditor.empty(name, null);
  }

  input(shape = this.shape, type = this.type): TensorId {
    const id = this.tensor('x', shape, type, null);
    this.inputs.push(id);
    return id;
  }

  constant(data: TensorData, shape: Shape, dtype: DType | ElementType): TensorId {
    return this.tensor('constant', shape, typeof dtype === 'string' ? plainType(dtype) : dtype, data);
  }

  /** A node; answers with its results, one for each shape and type. */
  add<K extends OpName>(
    op: K,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    results: readonly { readonly shape?: Shape; readonly type?: ElementType }[] = [{}],
  ): TensorId[] {
    const outputs = results.map(({ shape = this.shape, type = this.type }) => this.tensor(op, shape, type, null));
    this.editor.addNode(op, `${op}_${this.count++}`, attributes, inputs, outputs);
    return outputs;
  }

  /** A state; `becoming` says what it becomes, once that is known. */
  state(initial: TensorData, shape = this.shape, type = this.type) {
    const before = this.tensor('state', shape, type, null);
    const index = this.states.push({ name: `state_${this.states.length}`, before, after: before, initial }) - 1;
    const becoming = (after: TensorId): void => {
      this.states[index] = { ...this.states[index]!, after };
    };
    return { before, becoming };
  }

  finish(outputs: readonly TensorId[]): Graph {
    return this.editor.finish({ inputs: this.inputs, outputs, states: this.states });
  }

  private tensor(name: string, shape: Shape, type: ElementType, data: TensorData | null): TensorId {
    return this.editor.addTensor({ name: `${name}_${this.count++}`, shape, ...type, data });
  }
}
