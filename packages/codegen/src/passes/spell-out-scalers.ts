import {
  type Graph,
  GraphEditor,
  inputTensors,
  type NodeOf,
  outputTensors,
  type Tensor,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import { reference } from '../operators/standardize/reference.js';
import { affineScaler, type FloatScaler, roundingScaler, type ScalerTask } from './float-scaler.js';

/** Inputs of an integer scaler. */
const BYTES = 256;

/**
 * Writes scalers of integers, which file formats of others have no operator for, as what they have: cast, sub, mul in float32 and
 * quantize, with a round between two products where the integers' own two roundings ask for it. The constants are chosen so that
 * each of the 256 inputs of each element gives the same integer.
 * Requires: shapes inferred. Ensures: the same values, bit for bit.
 */
export function spellOutScalers(graph: Graph): Graph {
  const scalers = graph.nodes.filter(
    (node): node is NodeOf<'standardize'> =>
      node.op === 'standardize' && outputTensors(graph, node)[0]!.dtype !== 'float32',
  );
  if (scalers.length === 0) return graph;
  const editor = new GraphEditor(graph);
  for (const node of scalers) spellOut(editor, node, inputTensors(graph, node), outputTensors(graph, node)[0]!);
  return editor.finish();
}

function spellOut(editor: GraphEditor, node: NodeOf<'standardize'>, inputs: readonly Tensor[], y: Tensor): void {
  const tasks = tasksOf(node, inputs, y);
  const scalers = every(tasks, affineScaler) ?? every(tasks, roundingScaler) ?? notFound(node);
  const type = { shape: y.shape, dtype: 'float32', quantization: null } as const;
  const add = (name: string, data: Float32Array | null): TensorId =>
    editor.addTensor({ name: `${node.name}/${name}`, ...type, data });
  const constant = (name: string, of: (scaler: FloatScaler) => number): TensorId =>
    add(name, Float32Array.from(scalers, of));
  let last = inputs[0]!.id;
  const step = (op: 'cast' | 'sub' | 'mul' | 'round', name: string, ...operands: readonly TensorId[]): void => {
    const result = add(name, null);
    const attributes = op === 'sub' || op === 'mul' ? ({ activation: 'none' } as const) : {};
    editor.addNode(op, `${node.name}/${name}`, attributes as never, [last, ...operands], [result], { before: node.id });
    last = result;
  };
  step('cast', 'numbers');
  step('sub', 'centred', constant('mean', ({ mean }) => mean));
  step('mul', 'scaled', constant('factor', ({ factor }) => factor));
  if (scalers.some(({ unit }) => unit !== null)) {
    step('round', 'rounded');
    step('mul', 'steps', constant('unit', ({ unit }) => unit!));
  }
  editor.addNode('quantize', `${node.name}/quantize`, {}, [last], [y.id], { before: node.id });
  editor.removeNode(node.id);
}

/** Scalers for all elements, or null if there is one without. */
function every(
  tasks: readonly ScalerTask[],
  find: (task: ScalerTask) => FloatScaler | null,
): readonly FloatScaler[] | null {
  const found: FloatScaler[] = [];
  for (const task of tasks) {
    const scaler = find(task);
    if (scaler === null) return null;
    found.push(scaler);
  }
  return found;
}

/** What the scaler makes of each byte, element by element. */
function tasksOf(node: NodeOf<'standardize'>, inputs: readonly Tensor[], y: Tensor): readonly ScalerTask[] {
  const evaluate = reference({ node, inputs, outputs: [y] });
  const [means, factors] = [1, 2].map((i) => inputs[i]!.data as Float32Array) as [Float32Array, Float32Array];
  const results = Array.from({ length: BYTES }, (_, value) => {
    const result = y.dtype === 'int8' ? new Int8Array(means.length) : new Int16Array(means.length);
    evaluate([new Uint8Array(means.length).fill(value)], [result]);
    return result;
  });
  return Array.from(means, (mean, i) => ({
    mean,
    factor: factors[i]!,
    wanted: results.map((result) => result[i]!),
    output: y,
  }));
}

function notFound(node: NodeOf<'standardize'>): never {
  const message = 'scales in integers as no scaler in float32 does, expected one that agrees for every byte';
  throw new UnsupportedError('E-SCALER', `node '${node.name}'`, message, 'Export with --quantize float32');
}
