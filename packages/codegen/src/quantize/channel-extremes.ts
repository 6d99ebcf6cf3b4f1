import { type Graph, type TensorId, tensorOf } from '@kiln/ir';
import { createEvaluator } from '../evaluate.js';
import type { Samples } from './calibrate-ranges.js';

/** The least and the greatest value of each channel, the last dimension, over all samples and positions. */
export interface ChannelExtremes {
  readonly least: Float32Array;
  readonly greatest: Float32Array;
}

export type ExtremesByTensor = ReadonlyMap<TensorId, ChannelExtremes>;

/** What every float result of the graph's nodes reaches on the samples, channel by channel. Requires: shapes inferred. */
export function measureChannels(graph: Graph, samples: Samples): ExtremesByTensor {
  const evaluator = createEvaluator(graph);
  const floats = graph.nodes.flatMap(({ outputs }) => outputs).filter((id) => tensorOf(graph, id).dtype === 'float32');
  const extremes = new Map(
    floats.map((id) => {
      const channels = tensorOf(graph, id).shape.at(-1) ?? 1;
      const least = new Float32Array(channels).fill(Number.POSITIVE_INFINITY);
      return [id, { least, greatest: new Float32Array(channels).fill(Number.NEGATIVE_INFINITY) }] as const;
    }),
  );
  for (const sample of samples) {
    const values = evaluator.run(sample);
    for (const [id, { least, greatest }] of extremes) {
      (values.get(id) as Float32Array).forEach((value, i) => {
        const channel = i % least.length;
        if (value < least[channel]!) least[channel] = value;
        if (value > greatest[channel]!) greatest[channel] = value;
      });
    }
  }
  return extremes;
}

/** How far from zero a channel goes. */
export function reachOf({ least, greatest }: ChannelExtremes, channel: number): number {
  return Math.max(0, -least[channel]!, greatest[channel]!);
}
