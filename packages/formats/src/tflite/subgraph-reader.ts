import {
  CompileError,
  type Graph,
  GraphEditor,
  KilnError,
  KilnErrors,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { isActivationType } from './check-tensor.js';
import type { FileModel, FileSignature, FileSubgraph, FileTensor } from './file-model.js';
import { type FileState, FileStates } from './file-states.js';
import { GraphMemory } from './graph-memory.js';
import { sharedScope } from './layer-name.js';
import { type GraphUnderConstruction, OperatorContext } from './operator-context.js';
import { withPlainBytes } from './plain-bytes.js';
import { CUSTOM_READERS, OPERATOR_READERS } from './operators/index.js';

/** Turns subgraphs of a file into graphs. Each is read once for each way in which it is given states. */
export class SubgraphReader {
  private readonly known = new Map<string, Graph | KilnErrors>();
  private readonly states: FileStates;

  /** `where` names the file. Requires: no subgraph runs itself. */
  constructor(
    private readonly file: FileModel,
    private readonly where: string,
  ) {
    this.states = new FileStates(file.subgraphs);
  }

  /** The first subgraph: its states are the graph's. Throws all that is wrong with it and those within it together. */
  main(): Graph {
    const subgraph = withPlainBytes(this.file.subgraphs[0]!);
    const isUnnamed = subgraph.name === '' || subgraph.name === 'main';
    const name = isUnnamed ? this.where.replace(/\.tflite$/, '') : subgraph.name;
    const signature = this.file.signatures.find((candidate) => candidate.subgraph === 0);
    const { states } = this.states.useOf(0);
    const { graph, memory, inputs, outputs } = this.build(subgraph, name, states, signature);
    return graph.editor.finish({
      inputs: inputs.slice(0, subgraph.inputs.length),
      outputs,
      states: states.map((state, i) => ({
        name: state.name,
        before: inputs[subgraph.inputs.length + i]!,
        after: memory.valueOf(state.key)!,
        initial: memory.initialOf(state),
      })),
    });
  }

  /** Another subgraph. Throws the same `KilnErrors` each time it is asked for. */
  private within(index: number, given: readonly FileState[], back: readonly FileState[]): Graph {
    const key = JSON.stringify([index, given.map((state) => state.key), back.map((state) => state.key)]);
    const known = this.known.get(key) ?? this.read(index, given, back);
    this.known.set(key, known);
    if (known instanceof KilnErrors) throw known;
    return known;
  }

  private read(index: number, given: readonly FileState[], back: readonly FileState[]): Graph | KilnErrors {
    const subgraph = this.file.subgraphs[index]!;
    try {
      const name = subgraph.name === '' ? `subgraph ${index}` : subgraph.name;
      const { graph, memory, inputs, outputs } = this.build(subgraph, name, given);
      const left = back.map(({ key }) => memory.valueOf(key)!);
      return graph.editor.finish({ inputs, outputs: [...outputs, ...left], states: [] });
    } catch (error) {
      if (error instanceof KilnErrors) return error;
      if (error instanceof KilnError) return new KilnErrors([error]);
      throw error;
    }
  }

  private build(subgraph: FileSubgraph, name: string, given: readonly FileState[], signature?: FileSignature) {
    const where = subgraph.index === 0 ? this.where : `${this.where}, subgraph ${subgraph.index}`;
    const editor = GraphEditor.empty(name, null);
    const memory = new GraphMemory(subgraph, this.file.subgraphs, this.states, (...args) => this.within(...args));
    const scope = sharedScope(
      subgraph.operators.flatMap(({ outputs }) => subgraph.tensors[outputs[0] ?? -1]?.name ?? []),
    );
    const graph: GraphUnderConstruction = { editor, tensors: subgraph.tensors, ids: new Map(), memory, scope };
    const problems: KilnError[] = [];
    const inputs = subgraph.inputs.map((index) => {
      const tensor = subgraph.tensors[index]!;
      if (tensor.dtype === null || !isActivationType({ ...tensor, data: null }))
        problems.push(inputTypeError(tensor, where));
      return addTensor(graph, { ...tensor, data: null, name: signature?.inputs.get(index) ?? tensor.name });
    });
    for (const tensor of subgraph.tensors) {
      if (tensor.data !== null && !graph.ids.has(tensor.index)) addTensor(graph, tensor);
    }
    const stateInputs = given.map((state) => {
      const id = editor.addTensor({ name: state.name, ...state.type, data: null });
      memory.begin(state.key, id);
      return id;
    });
    for (const operator of subgraph.operators)
      problems.push(...readOperator(new OperatorContext(graph, operator, where)));
    throwAll([...new Set(problems)]);
    const outputs = subgraph.outputs.map((index) =>
      outputOf(graph, subgraph, index, signature?.outputs.get(index), where),
    );
    return { graph, memory, inputs: [...inputs, ...stateInputs], outputs };
  }
}

/** Adds the nodes of one operator; what is wrong with it comes back, so that the others are looked at too. */
function readOperator(context: OperatorContext): readonly KilnError[] {
  const { builtin, custom } = context.operator;
  const reader = (custom ? CUSTOM_READERS : OPERATOR_READERS)[builtin];
  try {
    if (reader === undefined) {
      const known = `${Object.keys(OPERATOR_READERS).length} operators are known: see docs/operators.md`;
      throw new UnsupportedError(
        'E-TFLITE-OPERATOR',
        context.where,
        `has no form in Kiln; ${known}`,
        'Use another layer',
      );
    }
    reader(context);
    return [];
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    standIn(context);
    return error instanceof KilnErrors ? error.errors : [error];
  }
}

/** Lets what reads the results of an operator that could not be read be looked at all the same. */
function standIn(context: OperatorContext): void {
  context.operator.outputs.forEach((_, i) => {
    if (context.result(i).dtype !== null) context.output(i);
  });
}

function addTensor({ editor, ids }: GraphUnderConstruction, tensor: FileTensor): TensorId {
  const { index, name, shape, dtype, quantization, data } = tensor;
  const id = editor.addTensor({ name, shape, dtype: dtype ?? 'float32', quantization, data });
  ids.set(index, id);
  return id;
}

function outputOf(
  { editor, ids }: GraphUnderConstruction,
  { tensors }: FileSubgraph,
  index: number,
  name: string | undefined,
  where: string,
): TensorId {
  const id = ids.get(index);
  if (id === undefined) {
    const message = `is an output that no operator writes, expected one that does`;
    throw new CompileError(
      'E-TFLITE-OUTPUT',
      `${where}, tensor '${tensors[index]!.name}'`,
      message,
      'Convert the model again',
    );
  }
  if (name !== undefined) editor.replaceTensor(id, { name });
  return id;
}

function inputTypeError({ name, type }: FileTensor, where: string): UnsupportedError {
  const message = `is an input of type ${type}, expected FLOAT32, INT8, UINT8, INT16, INT32, INT64 or BOOL`;
  return new UnsupportedError(
    'E-TFLITE-TYPE',
    `${where}, tensor '${name}'`,
    message,
    'Convert the model with another input type',
  );
}
