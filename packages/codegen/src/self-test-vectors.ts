import { allocate, elementCount, type Graph, type Tensor, type TensorData, tensorOf } from '@kiln/ir';
import { loopsEnd } from './loops-end.js';
import type { Samples } from './quantize/calibrate-ranges.js';

/** Sample inputs that go into the self-test, beside the synthetic one. */
const SAMPLE_VECTORS = 1;

/**
 * The inputs of the generated self-test: the first calibration sample, if there is one and it is of the graph's types,
 * and a synthetic one in which every element differs from its neighbours. Those for which the graph's loops do not end are
 * left out; if none is left, zeros.
 */
export function selfTestVectors(graph: Graph, samples: Samples): TensorData[][] {
  const inputs = graph.inputs.map((id) => tensorOf(graph, id));
  const fits = (sample: readonly TensorData[]): boolean =>
    inputs.every((input, i) => sample[i]?.constructor === allocate(input.dtype, 0).constructor);
  const real = samples
    .slice(0, SAMPLE_VECTORS)
    .filter(fits)
    .map((sample) => [...sample]);
  const vectors = [...real, inputs.map(synthetic)].filter((vector) => loopsEnd(graph, vector));
  return vectors.length > 0 ? vectors : [inputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)))];
}

function synthetic({ dtype, shape }: Tensor): TensorData {
  const data = allocate(dtype, elementCount(shape));
  if (data instanceof BigInt64Array) return data.map((_, i) => BigInt((i * 37) % 101));
  const valueAt = (i: number): number => (dtype === 'bool' ? i % 2 : (i * 37) % 101);
  for (let i = 0; i < data.length; i++) data[i] = dtype === 'float32' ? valueAt(i) / 50 - 1 : valueAt(i);
  return data;
}
