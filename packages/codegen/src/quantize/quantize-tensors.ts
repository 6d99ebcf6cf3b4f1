import {
  equalQuantization,
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
import type { ActivationType, FixedQuantization } from '../operators/operator.js';
import type { Site } from '../operators/site.js';
import type { Calibration } from './calibrate-ranges.js';
import { outputRule, sharesScale } from './output-rule.js';
import { nearestOnGrid, quantizationOfRange } from './range.js';

/**
 * Turns a float32 graph into integers, with activations of int8 or int16: they get the calibrated scales, constants the
 * integers that their operator asks for. The interface stays: raw integer inputs (pixels) are read as they are, float inputs
 * through a `quantize` in front; outputs are integers. Operators without an integer form stay in float32, between a
 * `dequantize` and a `quantize`, and so do states. Requires: shapes inferred, activations fused.
 *
 * Source: Jacob et al. 2018; TensorFlow Lite 8-bit quantization specification.
 */
export function quantizeTensors(graph: Graph, calibration: Calibration, dtype: ActivationType): Graph {
  const rewriter = new Rewriter(graph, calibration, dtype);
  for (const id of graph.inputs) rewriter.quantizeInput(id);
  for (const node of graph.nodes) rewriter.quantizeNode(node);
  return rewriter.withFloatStates();
}

class Rewriter {
  readonly editor: GraphEditor;
  /** The other form of a tensor, where a node already makes it: integers of a float tensor, floats of integers. */
  private readonly converted = new Map<string, TensorId>();

  constructor(
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly dtype: ActivationType,
  ) {
    this.editor = new GraphEditor(graph);
  }

  quantizeInput(input: TensorId): void {
    const quantization = this.calibration.get(input)?.quantization;
    if (quantization === undefined) return;
    const { name, shape } = this.tensor(input);
    const quantized = this.editor.addTensor({
      name: `${name}_quantized`,
      shape,
      dtype: this.dtype,
      quantization,
      data: null,
    });
    this.editor.redirect(input, quantized);
    this.editor.addNode('quantize', `${name}/quantize`, {}, [input], [quantized], 'first');
  }

  quantizeNode(original: Node): void {
    const node = this.editor.finish().nodes.find(({ id }) => id === original.id)!;
    const rule = outputRule(this.graph, original, this.dtype);
    if (rule === 'float32') {
      this.setInputs(
        node,
        node.inputs.map((id) => this.asFloat(id, node)),
      );
      return;
    }
    const floats = node.outputs.filter((id) => this.tensor(id).dtype === 'float32');
    const first = floats[0];
    const quantization = first === undefined ? null : this.outputQuantization(rule, node, first);
    const inputs = node.inputs.map((id) => this.asInteger(id, node, sharesScale(node) ? quantization : null));
    const given = inputs.map((id) => this.tensor(id));
    for (const id of floats) {
      const own = rule === 'calibrated' ? this.outputQuantization('calibrated', node, id) : quantization;
      this.editor.replaceTensor(id, { dtype: this.dtype, quantization: own });
    }
    const outputs = node.outputs.map((id) => this.tensor(id));
    const constants = operatorOf(node).quantizer.constants({
      node: node as Site<OpName>['node'],
      inputs: given,
      outputs,
    });
    const ids = constants.map(({ id: _, ...constant }) => this.editor.addTensor(constant));
    const kept = inputs.slice(0, inputs.length - ids.length);
    this.setInputs(node, [...kept.map((id) => this.constantAsInteger(id, quantization, node)), ...ids]);
  }

  /** States stay as they are: what becomes one is dequantized at the end, what reads one quantizes it. */
  withFloatStates(): Graph {
    const states = this.editor.finish().states.map((state) => {
      const { name, shape, quantization } = this.tensor(state.after);
      if (quantization === null) return state;
      const type = { shape, dtype: 'float32', quantization: null, data: null } as const;
      const after = this.editor.addTensor({ name: `${name}_dequantized`, ...type });
      this.editor.addNode('dequantize', `${state.name}/dequantize`, {}, [state.after], [after]);
      return { ...state, after };
    });
    return this.editor.finish({ states });
  }

  private tensor(id: TensorId): Tensor {
    return tensorOf(this.editor.finish(), id);
  }

  private setInputs(node: Node, inputs: readonly TensorId[]): void {
    this.editor.replaceNode(node.id, (kept) => ({ ...kept, inputs }) as Node);
  }

  private outputQuantization(source: 'calibrated' | 'as-input' | FixedQuantization, node: Node, output: TensorId) {
    if (source !== 'calibrated' && source !== 'as-input') return source[this.dtype];
    const calibrated = this.calibration.get(output)?.quantization;
    if (calibrated !== undefined) return calibrated;
    const passed = source === 'as-input' ? this.tensor(node.inputs[0]!).quantization : null;
    if (passed !== null) return passed;
    throw new InvariantError(
      'E-NOT-CALIBRATED',
      `node '${node.name}'`,
      `has no range for '${this.tensor(output).name}'`,
    );
  }

  /** The tensor itself or its integers; of another scale than it has where `wanted` says so. */
  private asInteger(id: TensorId, node: Node, wanted: QuantizationParams | null): TensorId {
    const tensor = this.tensor(id);
    if (tensor.data !== null) return id;
    const quantization = wanted ?? this.calibration.get(id)?.quantization;
    const isFloat = tensor.dtype === 'float32';
    const rescale = tensor.quantization !== null && wanted !== null && !equalQuantization(tensor.quantization, wanted);
    if ((!isFloat && !rescale) || quantization === undefined) return id;
    return this.convert('quantize', id, node, { dtype: this.dtype, quantization });
  }

  private asFloat(id: TensorId, node: Node): TensorId {
    const { quantization, data } = this.tensor(id);
    if (quantization === null || data !== null) return id;
    return this.convert('dequantize', id, node, { dtype: 'float32', quantization: null });
  }

  private convert(
    op: 'quantize' | 'dequantize',
    id: TensorId,
    node: Node,
    type: Pick<Tensor, 'dtype' | 'quantization'>,
  ): TensorId {
    const key = `${id} ${JSON.stringify(type)}`;
    const known = this.converted.get(key);
    if (known !== undefined) return known;
    const { name, shape } = this.tensor(id);
    const result = this.editor.addTensor({ name: `${name}_${op}d`, shape, data: null, ...type });
    this.editor.addNode(op, `${node.name}/${op}`, {}, [id], [result], { before: node.id });
    this.converted.set(key, result);
    return result;
  }

  /** A float constant by its own range, or on the scale that all operands share. */
  private constantAsInteger(id: TensorId, shared: QuantizationParams | null, node: Node): TensorId {
    const tensor = this.tensor(id);
    if (!(tensor.data instanceof Float32Array)) return id;
    const [min, max] = [tensor.data.reduce((a, b) => Math.min(a, b)), tensor.data.reduce((a, b) => Math.max(a, b))];
    const quantization = sharesScale(node) && shared !== null ? shared : quantizationOfRange({ min, max }, this.dtype);
    const values = Array.from(tensor.data, (value) => nearestOnGrid(value, quantization, this.dtype));
    const data = this.dtype === 'int8' ? Int8Array.from(values) : Int16Array.from(values);
    const { id: _, ...rest } = tensor;
    return this.editor.addTensor({ ...rest, dtype: this.dtype, quantization, data });
  }
}
