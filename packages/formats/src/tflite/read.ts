import { DataError, type Graph, type KilnError, throwAll } from '@kiln/ir';
import { basename } from 'node:path';
import { checkFile } from './check-file.js';
import { CheckedFile, MalformedFile, type Table } from './schema/read-table.js';
import { nestingProblem } from './subgraph-nesting.js';
import { SubgraphReader } from './subgraph-reader.js';

/** Every .tflite file has these four bytes at offset 4. */
const TFLITE_IDENTIFIER = 'TFL3';

/** Whether the bytes are a TensorFlow Lite model, by its identifier. */
export function isTflite(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(4, 8)) === TFLITE_IDENTIFIER;
}

/**
 * Reads a TensorFlow Lite model: the first subgraph becomes the graph, those that it runs graphs within it. Nothing in the
 * file is trusted, and all that is wrong with it is reported together. `onNote` is told of inputs whose shape the file leaves open.
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
  const nesting = nestingProblem(file.subgraphs, basename(where));
  if (nesting !== null) throw nesting;
  return new SubgraphReader(file, basename(where)).main();
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
