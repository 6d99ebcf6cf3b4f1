import {
  type Graph,
  GraphEditor,
  InvariantError,
  type Node,
  type OpName,
  type QuantizationParams,
  type Tensor,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { operatorOf } from '../operators/index.js';
import type { Site } from '../operators/site.js';
import type { Calibration } from './calibrate-ranges.js';

/**
 * Turns a float32 graph into int8: activations get the calibrated scales, constants the integers that their operator
 * asks for. The interface stays: raw integer inputs (pixels) are read as they are, float inputs through a `quantize` in
 * front; outputs are int8. Requires: shapes inferred, activations fused.
 *
 * Source: Jacob et al. 2018; TensorFlow Lite 8-bit quantization specification.
 */
export function quantizeTensors(graph: Graph, calibration: Calibration): Graph {
  const editor = new GraphEditor(graph);
  for (const id of graph.inputs) {
    const range = calibration.get(id);
    if (range !== undefined) prependQuantize(editor, id, range.quantization);
  }
  for (const { id } of graph.nodes)
    quantizeNode(
      editor,
      editor.finish().nodes.find((node) => node.id === id)!,
      calibration,
    );
  return editor.finish();
}

function prependQuantize(editor: GraphEditor, input: TensorId, quantization: QuantizationParams): void {
  const { name, shape } = tensorOf(editor.finish(), input);
  const quantized = editor.addTensor({ name: `${name}_quantized`, shape, dtype: 'int8', quantization, data: null });
  editor.redirect(input, quantized);
  editor.addNode('quantize', `${name}/quantize`, {}, [input], [quantized], 'first');
}

function quantizeNode(editor: GraphEditor, node: Node, calibration: Calibration): void {
  const operator = operatorOf(node);
  const current = editor.finish();
  const inputs = node.inputs.map((id) => tensorOf(current, id));
  const output = node.outputs[0]!;
  const quantization = outputQuantization(operator.quantizer.output, node, inputs, calibration);
  editor.replaceTensor(output, { dtype: 'int8', quantization });
  const outputs = [tensorOf(editor.finish(), output)];
  const constants = operator.quantizer.constants({ node: node as Site<OpName>['node'], inputs, outputs });
  const ids = constants.map(({ id: _, ...constant }) => editor.addTensor(constant));
  editor.replaceNode(
    node.id,
    (kept) => ({ ...kept, inputs: [...kept.inputs.slice(0, kept.inputs.length - ids.length), ...ids] }) as Node,
  );
}

function outputQuantization(
  source: 'calibrated' | 'as-input' | QuantizationParams,
  node: Node,
  inputs: readonly Tensor[],
  calibration: Calibration,
): QuantizationParams {
  if (source === 'as-input') {
    const quantization = inputs[0]?.quantization;
    if (quantization) return quantization;
    throw new InvariantError('E-NOT-QUANTIZED', `node '${node.name}'`, 'passes on the scale of an input that has none');
  }
  if (source !== 'calibrated') return source;
  const calibrated = calibration.get(node.outputs[0]!);
  if (calibrated !== undefined) return calibrated.quantization;
  throw new InvariantError('E-NOT-CALIBRATED', `node '${node.name}'`, 'has no calibrated range');
}
