import {
  CompileError,
  DataError,
  type Graph,
  GraphEditor,
  KilnError,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { basename } from 'node:path';
import { checkFile } from './check-file.js';
import { isActivationType } from './check-tensor.js';
import type { FileModel, FileSubgraph, FileTensor } from './file-model.js';
import { type GraphUnderConstruction, OperatorContext } from './operator-context.js';
import { sharedScope } from './layer-name.js';
import { OPERATOR_READERS } from './operators/index.js';
import { CheckedFile, MalformedFile, type Table } from './schema/read-table.js';

/** Every .tflite file has these four bytes at offset 4. */
const TFLITE_IDENTIFIER = 'TFL3';

/** Whether the bytes are a TensorFlow Lite model, by its identifier. */
export function isTflite(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(4, 8)) === TFLITE_IDENTIFIER;
}

/**
 * Reads a TensorFlow Lite model: the first subgraph becomes the graph. Nothing in the file is trusted, and all that is wrong
 * with it is reported together. `onNote` is told of inputs whose shape the file leaves open.
 *
 * Errors: `E-TFLITE-...`. Source: the TensorFlow Lite schema, version 3.
 */
export function readTflite(bytes: Uint8Array, where: string, onNote: (line: string) => void = () => undefined): Graph {
  const problems: KilnError[] = [];
  const file = checkFile(parse(bytes, where), basename(where), problems);
  throwAll(problems);
  for (const index of file.subgraphs[0]!.inputs) {
    const { name, shape, openShape } = file.subgraphs[0]!.tensors[index]!;
    if (openShape === null) continue;
    onNote(
      `${basename(where)}: input '${name}' has the open shape [${openShape.join(', ')}]: taken as [${shape.join(', ')}]`,
    );
  }
  return buildGraph(file, basename(where));
}

function parse(bytes: Uint8Array, where: string): Table<'Model'> {
  const identifier = new TextDecoder().decode(bytes.subarray(4, 8));
  if (identifier !== TFLITE_IDENTIFIER) {
    const message = `starts with '${identifier}' at byte 4, expected ${TFLITE_IDENTIFIER}`;
    throw new DataError('E-TFLITE-IDENTIFIER', where, message, 'Give a .tflite file');
  }
  try {
    return new CheckedFile(bytes).root('Model');
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    const message = `is damaged at byte ${error.offset}: ${error.message}`;
    throw new DataError('E-TFLITE-DAMAGED', where, message, 'Convert or copy the model again', { cause: error });
  }
}

function buildGraph({ subgraphs, signatures }: FileModel, where: string): Graph {
  const subgraph = subgraphs[0]!;
  const name = subgraph.name === '' || subgraph.name === 'main' ? where.replace(/\.tflite$/, '') : subgraph.name;
  const editor = GraphEditor.empty(name, null);
  const signature = signatures.find((candidate) => candidate.subgraph === 0);
  const scope = sharedScope(
    subgraph.operators.flatMap(({ outputs }) => subgraph.tensors[outputs[0] ?? -1]?.name ?? []),
  );
  const graph: GraphUnderConstruction = { editor, tensors: subgraph.tensors, ids: new Map(), scope };
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
  for (const operator of subgraph.operators) {
    const context = new OperatorContext(graph, operator, where);
    problems.push(...readOperator(context));
  }
  throwAll(problems);
  const outputs = subgraph.outputs.map((index) =>
    outputOf(graph, subgraph, index, signature?.outputs.get(index), where),
  );
  return editor.finish({ inputs, outputs });
}

/** Adds the nodes of one operator; what is wrong with it comes back, so that the others are looked at too. */
function readOperator(context: OperatorContext): readonly KilnError[] {
  const { builtin, custom } = context.operator;
  const reader = custom ? undefined : OPERATOR_READERS[builtin];
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
    return [error];
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
