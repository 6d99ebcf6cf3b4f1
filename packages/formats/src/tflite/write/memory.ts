import type { OpName } from '@kiln/ir';
import { ACTIVATION_FUNCTIONS } from '../schema/enums.js';
import { activationNumber, type NodeContext, type NodeWriters } from './node-context.js';
import type { MemoryName } from './operator-names.js';
import { ABSENT } from './subgraph-writer.js';

/** Where nodes with a memory of their own read it, and where they write it. */
export const OWN_STATES: Readonly<Partial<Record<OpName, readonly { readonly input: number; readonly output: number }[]>>> = {
  svdf: [{ input: 4, output: 1 }],
  unidirectionalSequenceLstm: [
    { input: 13, output: 1 },
    { input: 14, output: 2 },
  ],
  circularBuffer: [{ input: 1, output: 0 }],
};

/**
 * The map {cycles_max: 1} in FlexBuffers: results at every run. Source: "FlexBuffers' format"; TensorFlow Lite Micro,
 * `circular_buffer_flexbuffers_generated_data.cc`, which holds the same bytes with a zero.
 */
const EVERY_RUN = Uint8Array.from([
  ...new TextEncoder().encode('cycles_max\0'),
  // One key, 12 bytes back; where the keys are, how wide their offsets, one value: an integer 1; the map itself.
  ...[1, 12, 1, 1, 1, 1, 4, 2, 36, 1],
]);

/** An operator keeps its memory in a tensor of its own, which starts empty and which nobody else sees. */
function checkOwned<K extends OpName>(context: NodeContext<K>): void {
  for (const { input } of OWN_STATES[context.node.op] ?? []) {
    const { id, name } = context.inputs[input]!;
    if (context.owned.has(id)) continue;
    throw context.unsupported(
      'E-TFLITE-OWN-STATE',
      `keeps its state in '${name}', which others see, or which begins with other values than zero; expected one of its own`,
      'Give each such layer a state of its own',
    );
  }
}

function writeSvdf(context: NodeContext<'svdf'>): void {
  checkOwned(context);
  const { rank, activation } = context.node.attributes;
  const state = context.writer.tensor(context.inputs[4]!, true);
  const inputs = [...[0, 1, 2, 3].map((i) => context.read(i)), state];
  const options = { rank, fusedActivationFunction: activationNumber(activation) };
  context.writer.operator('SVDF', inputs, [context.result(0)], ['SVDFOptions', options]);
}

/** Places of the file's operator: 9 to 11 are peepholes, 16 and 17 a projection, 20 to 23 layer normalization: none of them. */
function writeLstm(context: NodeContext<'unidirectionalSequenceLstm'>): void {
  checkOwned(context);
  const { timeMajor, cellClip } = context.node.attributes;
  const [hidden, cell] = [13, 14].map((i) => context.writer.tensor(context.inputs[i]!, true)) as [number, number];
  const read = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => context.read(from + i));
  const absent = (count: number): number[] => Array.from({ length: count }, () => ABSENT);
  const inputs = [...read(0, 9), ...absent(3), ...read(9, 4), ...absent(2), hidden, cell, ...absent(4)];
  const fusedActivationFunction = ACTIVATION_FUNCTIONS.indexOf('TANH');
  const options = { timeMajor, cellClip, fusedActivationFunction };
  const name = 'UNIDIRECTIONAL_SEQUENCE_LSTM';
  context.writer.operator(name, inputs, [context.result(0)], ['UnidirectionalSequenceLSTMOptions', options]);
}

/** The result is the memory. */
function writeCircularBuffer(context: NodeContext<'circularBuffer'>): void {
  checkOwned(context);
  const memory = context.writer.tensor(context.outputs[0]!, true);
  context.writer.customOperator('CIRCULAR_BUFFER', [context.read(0)], [memory], EVERY_RUN);
}

/** Operators with a memory of their own, branches and loops. */
export const MEMORY_WRITERS: NodeWriters<MemoryName> = {
  svdf: writeSvdf,
  unidirectionalSequenceLstm: writeLstm,
  circularBuffer: writeCircularBuffer,
  if: (context) => {
    const { then, else: otherwise } = context.node.attributes;
    const [thenSubgraphIndex, elseSubgraphIndex] = [context.subgraph(then), context.subgraph(otherwise)];
    context.emit('IF', context.readAll(), ['IfOptions', { thenSubgraphIndex, elseSubgraphIndex }]);
  },
  while: (context) => {
    const { condition, body } = context.node.attributes;
    const [condSubgraphIndex, bodySubgraphIndex] = [context.subgraph(condition), context.subgraph(body)];
    context.emit('WHILE', context.readAll(), ['WhileOptions', { condSubgraphIndex, bodySubgraphIndex }]);
  },
};
