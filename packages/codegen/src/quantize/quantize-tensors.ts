import {
  equalQuantization,
  type Graph,
  GraphEditor,
  InvariantError,
  type Node,
  type OpName,
  producerOf,
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
import { nearestOnGrid, quantizationOfRange, reachOfGrid } from './range.js';
import { NOWHERE, type WidePlaces } from './wide-places.js';

/**
 * Turns a float32 graph into integers, with activations of int8 or int16: they get the calibrated scales, constants the
 * integers that their operator asks for. The interface stays: raw integer inputs (pixels) are read as they are, float inputs
 * through a `quantize` in front; outputs are integers. Operators without an integer form stay in float32, between a
 * `dequantize` and a `quantize`, and so do states. What is `wide` has activations of int16 whatever `dtype` says, with a
 * `quantize` wherever 8 bits meet 16. Requires: shapes inferred, activations fused.
 *
 * Source: Jacob et al. 2018; TensorFlow Lite 8-bit quantization specification.
 */
export function quantizeTensors(
  graph: Graph,
  calibration: Calibration,
  dtype: ActivationType,
  wide: WidePlaces = NOWHERE,
): Graph {
  const rewriter = new Rewriter(graph, calibration, dtype, wide);
  for (const id of graph.inputs) rewriter.quantizeInput(id);
  for (const node of graph.nodes) rewriter.quantizeNode(node);
  return rewriter.withInterface();
}

class Rewriter {
  readonly editor: GraphEditor;
  /** The other form of a tensor, where a node already makes it: integers of a float tensor, floats of integers. */
  private readonly converted = new Map<string, TensorId>();

  constructor(
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly dtype: ActivationType,
    private readonly wide: WidePlaces,
  ) {
    this.editor = new GraphEditor(graph);
  }

  quantizeInput(input: TensorId): void {
    if (!this.calibration.has(input)) return;
    const dtype = this.wide.inputs.has(input) ? 'int16' : this.dtype;
    const { name, shape } = this.tensor(input);
    const quantization = this.gridOf(input, dtype);
    const quantized = this.editor.addTensor({ name: `${name}_quantized`, shape, dtype, quantization, data: null });
    this.editor.redirect(input, quantized);
    this.editor.addNode('quantize', `${name}/quantize`, {}, [input], [quantized], 'first');
  }

  quantizeNode(original: Node): void {
    const node = this.editor.finish().nodes.find(({ id }) => id === original.id)!;
    const dtype = this.typeOf(node);
    const rule = outputRule(this.graph, original, dtype);
    if (rule === 'float32') {
      this.setInputs(
        node,
        node.inputs.map((id) => this.asFloat(id, node)),
      );
      return;
    }
    const floats = node.outputs.filter((id) => this.tensor(id).dtype === 'float32');
    const first = floats[0];
    const shared = sharesScale(node) && first !== undefined ? this.gridOf(first, dtype) : null;
    const inputs = node.inputs.map((id) => this.asInteger(id, node, shared));
    const given = inputs.map((id) => this.tensor(id));
    const quantization = first === undefined ? null : (shared ?? this.outputQuantization(rule, given[0]!, node, first));
    for (const id of floats) {
      const own = rule === 'calibrated' ? this.gridOf(id, dtype) : quantization;
      this.editor.replaceTensor(id, { dtype, quantization: own });
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

  /**
   * States stay as they are: what becomes one is dequantized at the end, what reads one quantizes it. Outputs are of the
   * network's type.
   */
  withInterface(): Graph {
    const states = this.editor.finish().states.map((state) => {
      const { name, shape, quantization } = this.tensor(state.after);
      if (quantization === null) return state;
      const type = { shape, dtype: 'float32', quantization: null, data: null } as const;
      const after = this.editor.addTensor({ name: `${name}_dequantized`, ...type });
      this.editor.addNode('dequantize', `${state.name}/dequantize`, {}, [state.after], [after]);
      return { ...state, after };
    });
    const outputs = this.editor.finish().outputs.map((id) => {
      const { name, shape, dtype, quantization } = this.tensor(id);
      if (dtype !== 'int16' || quantization === null || this.dtype === 'int16') return id;
      const type = { shape, dtype: this.dtype, quantization: this.gridOf(id, this.dtype), data: null };
      const narrow = this.editor.addTensor({ name: `${name}_narrow`, ...type });
      this.editor.addNode('quantize', `${name}/quantize`, {}, [id], [narrow]);
      return narrow;
    });
    return this.editor.finish({ states, outputs });
  }

  private tensor(id: TensorId): Tensor {
    return tensorOf(this.editor.finish(), id);
  }

  private setInputs(node: Node, inputs: readonly TensorId[]): void {
    this.editor.replaceNode(node.id, (kept) => ({ ...kept, inputs }) as Node);
  }

  private outputQuantization(
    source: 'calibrated' | 'as-input' | FixedQuantization,
    input: Tensor,
    node: Node,
    output: TensorId,
  ): QuantizationParams {
    const fixed = typeof source === 'string' ? undefined : source[this.typeOf(node)];
    if (fixed !== undefined) return fixed;
    if (source === 'as-input' && input.quantization !== null) return input.quantization;
    return this.gridOf(output, this.typeOf(node));
  }

  private typeOf(node: Node): ActivationType {
    return this.wide.nodes.has(node.id) ? 'int16' : this.dtype;
  }

  /** The grid of a tensor in integers of that type: its calibrated one, or one for what its own integers reach. */
  private gridOf(id: TensorId, dtype: ActivationType): QuantizationParams {
    const calibrated = this.calibration.get(id);
    // 16 bits are enough for all values that were seen: nothing need be cut off.
    if (calibrated !== undefined)
      return dtype === this.dtype ? calibrated.quantization : quantizationOfRange(calibrated.whole, dtype);
    const source = producerOf(this.graph, id);
    if (source !== null && operatorOf(source).quantizer.output === 'as-input')
      return this.gridOf(source.inputs[0]!, dtype);
    const tensor = this.tensor(id);
    if (tensor.quantization !== null) return quantizationOfRange(reachOfGrid(tensor), dtype);
    throw new InvariantError('E-NOT-CALIBRATED', `tensor '${tensor.name}'`, 'has no range');
  }

  /** The tensor itself or its integers; of another scale or size than it has where the node wants that. */
  private asInteger(id: TensorId, node: Node, wanted: QuantizationParams | null): TensorId {
    const tensor = this.tensor(id);
    if (tensor.data !== null) return id;
    const dtype = this.typeOf(node);
    const isFloat = tensor.dtype === 'float32';
    if (isFloat && wanted === null && !this.calibration.has(id)) return id;
    const isActivation = tensor.quantization !== null && (tensor.dtype === 'int8' || tensor.dtype === 'int16');
    const resize = isActivation && tensor.dtype !== dtype;
    const rescale = tensor.quantization !== null && wanted !== null && !equalQuantization(tensor.quantization, wanted);
    if (!isFloat && !rescale && !resize) return id;
    return this.convert('quantize', id, node, { dtype, quantization: wanted ?? this.gridOf(id, dtype) });
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
    const dtype = this.typeOf(node);
    const [min, max] = [tensor.data.reduce((a, b) => Math.min(a, b)), tensor.data.reduce((a, b) => Math.max(a, b))];
    const quantization = sharesScale(node) && shared !== null ? shared : quantizationOfRange({ min, max }, dtype);
    const values = Array.from(tensor.data, (value) => nearestOnGrid(value, quantization, dtype));
    const data = dtype === 'int8' ? Int8Array.from(values) : Int16Array.from(values);
    const { id: _, ...rest } = tensor;
    return this.editor.addTensor({ ...rest, dtype, quantization, data });
  }
}
