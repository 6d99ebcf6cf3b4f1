import type { CProject, Graph, TensorData, TensorId } from '@kiln/ir';
import { allocate, numbers } from '@kiln/ir';
import { bytesOf } from './emit/self-test.js';
import { createEvaluator, type Evaluator } from './evaluate.js';

/**
 * The reference's own trace: for each inference the bytes that `run_observed` of the generated C must show.
 *
 * States go from one inference to the next; with an `evaluator` given, from where it was left. `inputs` holds `count`
 * inferences' inputs one after another, as the C takes them; the answer likewise holds the traces.
 * `onProgress` is told after every 64 inferences.
 */
export function referenceTrace(
  graph: Graph,
  project: CProject,
  inputs: Uint8Array,
  count: number,
  {
    evaluator = createEvaluator(graph),
    onProgress = () => undefined,
  }: { readonly evaluator?: Evaluator; readonly onProgress?: (done: number) => void } = {},
): Uint8Array {
  const trace = new Uint8Array(count * project.traceBytes);
  const outputs = traceTensors(graph, project);
  for (let index = 0; index < count; index++) {
    const values = evaluator.run(inputsAt(project, inputs, index));
    project.trace.forEach((point, i) => {
      const id = outputs[i];
      const bytes = id === undefined ? classBytes(values.get(graph.outputs[0]!)!) : bytesOf(values.get(id)!);
      trace.set(bytes, index * project.traceBytes + point.offset);
    });
    if (index % 64 === 63) onProgress(index + 1);
  }
  onProgress(count);
  return trace;
}

/** The inputs of one inference as typed arrays, one for each input of the graph. */
export function inputsAt(project: CProject, inputs: Uint8Array, index: number): TensorData[] {
  let offset = index * project.inputBytes;
  return project.inputs.map(({ dtype, bytes, shape }) => {
    const data = allocate(
      dtype,
      shape.reduce((product, size) => product * size, 1),
    );
    bytesOf(data).set(inputs.subarray(offset, offset + bytes));
    offset += bytes;
    return data;
  });
}

/** The tensor behind each trace point; undefined for the class that `classify` returns. */
function traceTensors(graph: Graph, project: CProject): (TensorId | undefined)[] {
  const byName = new Map(graph.nodes.map((node) => [node.name, node.outputs]));
  return project.trace.map(({ op, node, output }) => {
    if (op !== 'call') return byName.get(node)?.[output];
    return node === 'run' ? graph.outputs[output] : undefined;
  });
}

/** The index of the greatest score as an int32, little-endian; of equal ones the first. */
function classBytes(scores: TensorData): Uint8Array {
  let best = 0;
  numbers(scores).forEach((score, i) => {
    if (score > Number(scores[best]!)) best = i;
  });
  return bytesOf(Int32Array.of(best));
}
