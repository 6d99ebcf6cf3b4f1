import {
  allocate,
  elementCount,
  type Graph,
  GraphEditor,
  type Node,
  type NumberData,
  type OpName,
  type Tensor,
  type TensorData,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import type { Site } from '../operators/site.js';
import { TurnBudget } from '../operators/turn-budget.js';
import { WIDE_LIMIT } from '../arithmetic/requantization.js';
import type { Samples } from './calibrate-ranges.js';
import { asReal, realValues } from './real-values.js';

/** Values that are kept at a time, of all samples and tensors: 256 MB. */
const MOST_VALUES = 2 ** 26;
/** A corrected bias stays below this, as those of `quantizeWeights` do: the sum needs room. */
const MOST_BIAS: Readonly<Record<string, number>> = { int32: 2 ** 30, int64: WIDE_LIMIT / 2 };

/**
 * Takes out of each bias the mean error that rounding brought into its channel's sum:
 *
 *   bias_q[o] += round( mean(sum[o] of the float network - sum[o] of the integers) / (scale_x * scale_w[o]) )
 *
 * The mean is over samples and positions, before the activation; a layer reads what the layers before it give after their own
 * correction. Weights, scales and cost stay the same. Both graphs have the nodes' outputs under the same ids, as
 * `quantizeTensors` leaves them.
 *
 * Source: Nagel et al. 2019, section 4.2, with the means measured on samples.
 */
export function correctBiases(float: Graph, quantized: Graph, samples: Samples): Graph {
  const editor = new GraphEditor(quantized);
  // The editor's graph changes with it: a layer behind sees what was corrected.
  const total = [...float.tensors.values(), ...quantized.tensors.values()]
    .filter(({ data }) => data === null)
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const chosen = samples.slice(0, Math.max(1, Math.floor(MOST_VALUES / total)));
  const [exact, rounded] = [new Stepper(float, chosen), new Stepper(editor.finish(), chosen)];
  const originals = new Map(float.nodes.map((node) => [node.id, node]));
  for (const node of quantized.nodes) {
    const original = originals.get(node.id);
    if (original !== undefined) exact.step(original);
    if (original !== undefined && isCorrectable(float, original, quantized, node)) {
      const bias = correctedBias(
        tensorOf(quantized, node.inputs[2]!),
        exact.meanSums(original),
        rounded.meanSums(node),
      );
      editor.replaceTensor(bias.id, bias);
    }
    rounded.step(node);
  }
  return editor.finish();
}

const WEIGHTED: readonly OpName[] = ['conv2d', 'depthwiseConv2d', 'transposeConv2d', 'dense'];

function isCorrectable(float: Graph, original: Node, quantized: Graph, node: Node): boolean {
  if (!WEIGHTED.includes(node.op) || tensorOf(quantized, node.inputs[2]!).quantization === null) return false;
  return original.inputs.slice(1).every((id) => tensorOf(float, id).data !== null);
}

function correctedBias(bias: Tensor, wanted: Float64Array, found: Float64Array): Tensor {
  const most = MOST_BIAS[bias.dtype]!;
  const corrected = wanted.map((mean, o) => {
    const steps = Math.round((mean - found[o]!) / (bias.quantization!.scale[o] ?? bias.quantization!.scale[0]!));
    return Math.max(-most, Math.min(most, Number(bias.data![o]) + steps));
  });
  const data = bias.dtype === 'int64' ? BigInt64Array.from(corrected, BigInt) : Int32Array.from(corrected);
  return { ...bias, data };
}

/** Runs a graph node by node, each node on all samples before the next, from fresh states. */
class Stepper {
  private readonly values: Map<TensorId, TensorData>[];
  private readonly budget = new TurnBudget();

  constructor(
    private readonly graph: Graph,
    samples: Samples,
  ) {
    const states = graph.states.map(({ before, initial }) => [before, initial] as const);
    this.values = samples.map(
      (sample) => new Map([...graph.inputs.map((id, i) => [id, sample[i]!] as const), ...states]),
    );
  }

  step(node: Node): void {
    const evaluate = operatorOf(node).reference(siteOf(this.graph, node), this.budget);
    for (const values of this.values) {
      this.budget.refill();
      const outputs = node.outputs.map((id) => {
        const { dtype, shape } = tensorOf(this.graph, id);
        return [id, allocate(dtype, elementCount(shape))] as const;
      });
      evaluate(
        node.inputs.map((id) => this.valueOf(values, id) as NumberData),
        outputs.map(([, data]) => data as NumberData),
      );
      outputs.forEach(([id, data]) => values.set(id, data));
    }
  }

  /** The mean of each output channel of a weighted node before its activation, in reals. */
  meanSums(node: Node): Float64Array {
    const { inputs, outputs } = siteOf(this.graph, node);
    const reals = inputs.map(asReal);
    const y = { ...asReal(outputs[0]!), data: null };
    const plain = { ...node, attributes: { ...node.attributes, activation: 'none' } } as Site<OpName>['node'];
    const evaluate = operatorOf(node).reference({ node: plain, inputs: reals, outputs: [y] }, this.budget);
    const sums = new Float64Array(y.shape.at(-1)!);
    const result = new Float32Array(elementCount(y.shape));
    for (const values of this.values) {
      const x = realValues(inputs[0]!, this.valueOf(values, node.inputs[0]!));
      evaluate([x, ...reals.slice(1).map(({ data }) => data as Float32Array)], [result]);
      result.forEach((value, i) => (sums[i % sums.length]! += value));
    }
    return sums.map((sum) => sum / ((result.length / sums.length) * this.values.length));
  }

  private valueOf(values: ReadonlyMap<TensorId, TensorData>, id: TensorId): TensorData {
    return tensorOf(this.graph, id).data ?? values.get(id)!;
  }
}
