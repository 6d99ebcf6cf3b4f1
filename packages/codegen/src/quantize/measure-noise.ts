import { type Graph, type NodeId, numbers, type TensorId, tensorOf } from '@kiln/ir';
import { createEvaluator } from '../evaluate.js';
import type { Samples } from './calibrate-ranges.js';
import { realValues } from './real-values.js';

/** Signal-to-noise ratio of each quantized node's output, in decibels; infinite where nothing differs. */
export type NoiseByNode = ReadonlyMap<NodeId, number>;

/**
 * Compares the quantized graph with the float one, node by node, on the samples:
 *
 *   10 log10( sum y^2 / sum (y - scale * (q - zeroPoint))^2 )
 *
 * The error is the accumulated one: each layer works on what the quantized layers before it gave. Both graphs must have
 * the nodes' outputs under the same ids, as `quantizeTensors` leaves them.
 */
export function measureNoise(float: Graph, quantized: Graph, samples: Samples): NoiseByNode {
  const [exact, rounded] = [createEvaluator(float), createEvaluator(quantized)];
  const sums = new Map<TensorId, { signal: number; noise: number }>();
  for (const sample of samples) {
    const truth = exact.run(sample);
    const values = rounded.run(sample);
    for (const node of quantized.nodes) {
      const output = node.outputs[0]!;
      const sum = sums.get(output) ?? { signal: 0, noise: 0 };
      const value = realValues(tensorOf(quantized, output), values.get(output)!);
      // A conversion has no counterpart in the float graph: it is held against what it converts.
      const own = (): Float32Array => realValues(tensorOf(quantized, node.inputs[0]!), values.get(node.inputs[0]!)!);
      numbers(truth.get(output) ?? own()).forEach((expected, i) => {
        sum.signal += expected ** 2;
        sum.noise += (expected - value[i]!) ** 2;
      });
      sums.set(output, sum);
    }
  }
  return new Map(
    quantized.nodes.map((node) => {
      const { signal, noise } = sums.get(node.outputs[0]!) ?? { signal: 0, noise: 0 };
      return [node.id, 10 * Math.log10(signal / noise)];
    }),
  );
}
