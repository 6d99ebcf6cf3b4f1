import type { Graph, Tensor, TensorId } from './graph.js';
import { tensorOf } from './graph.js';
import type { QuantizationParams } from './quantization.js';

/**
 * The graph as stable text, one node a line, for `--dump-after` and for tests:
 *
 *   %5 conv2d "conv_1" strides=[1,1] padding="same": t4, t8, t9 -> t10 float32[1,6,6,32]
 */
export function printGraph(graph: Graph): string {
  const constants = [...graph.tensors.values()].filter((tensor) => tensor.data !== null);
  return [
    `graph ${JSON.stringify(graph.name)}`,
    ...graph.inputs.map((id) => `  input ${describe(tensorOf(graph, id))}`),
    ...graph.states.map(
      (state) => `  state ${describe(tensorOf(graph, state.before))} becomes ${reference(state.after)}`,
    ),
    ...constants.map((tensor) => `  const ${describe(tensor)}`),
    ...graph.nodes.map((node) => {
      const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}=${attributeText(value)}`);
      const inputs = node.inputs.map(reference).join(', ');
      const outputs = node.outputs.map((id) => describe(tensorOf(graph, id))).join(', ');
      return `  %${node.id} ${node.op} ${JSON.stringify(node.name)}${attributes.join('')}: ${inputs} -> ${outputs}`;
    }),
    ...graph.outputs.map((id) => `  output ${reference(id)}`),
    '',
  ].join('\n');
}

/** An attribute as JSON; of a graph within the graph the nodes, in braces. */
function attributeText(value: unknown): string {
  const isGraph = typeof value === 'object' && value !== null && 'nodes' in value;
  return isGraph ? `{\n${printGraph(value as Graph)}  }` : JSON.stringify(value);
}

function reference(id: TensorId): string {
  return `t${id}`;
}

function describe(tensor: Tensor): string {
  const quantization = tensor.quantization === null ? '' : ` ${describeQuantization(tensor.quantization)}`;
  return `${reference(tensor.id)} ${JSON.stringify(tensor.name)} ${tensor.dtype}[${tensor.shape.join(',')}]${quantization}`;
}

function describeQuantization({ scale, zeroPoint, axis }: QuantizationParams): string {
  if (axis === null) return `scale=${scale[0]} zeroPoint=${zeroPoint[0]}`;
  return `scale=[${scale.length} along axis ${axis}, ${Math.min(...scale)} to ${Math.max(...scale)}]`;
}
