import { beforeAll, expect, test } from 'vitest';
import { selectBackend, type BackendName } from './backends/select-backend.js';
import { addonProblem, findTensorFlowAddon } from './backends/tfjs-node.js';
import { predictOutputs, score } from './evaluate.js';
import { examplesOf } from './examples.js';
import { createOptimizer } from './optimizer.js';
import { digitsCnn } from './recipes/digits-cnn.js';
import { fitScaler } from './scaler.js';
import { RANDOM_STREAM, randomStream, shuffledIndices } from './seeded-random.js';
import { trainEpoch } from './training-loop.js';
import { syntheticDataset } from '../test/synthetic-dataset.js';

const SEED = 5;
const { train, test: evaluation } = syntheticDataset(5 * 128, 50);

/** The losses of the first five batches, and the loss on the test images after them. */
async function firstLosses(backend: BackendName): Promise<number[]> {
  const { tf } = await selectBackend(backend);
  const scaler = fitScaler(train.images, 64);
  const [examples, others] = [train, evaluation].map((images) => examplesOf(digitsCnn.task, scaler, images));
  const model = await digitsCnn.build(tf, { seed: SEED, parameters: {}, inputs: examples!.inputs });
  const optimizer = createOptimizer(tf, digitsCnn.optimizer, { epochs: 1, batchesPerEpoch: 5 });
  const losses: number[] = [];
  await trainEpoch({ tf, model, optimizer, task: 'classification' }, examples!, {
    epoch: 1,
    batchSize: 128,
    order: shuffledIndices(train.count, randomStream(SEED, RANDOM_STREAM.shuffling)),
    augment: null,
    signal: undefined,
    onBatch: (_batch, _batches, loss) => losses.push(loss),
  });
  const outputs = await predictOutputs(tf, model, others!.inputs);
  optimizer.dispose();
  model.dispose();
  return [...losses, score('classification', outputs, others!).loss];
}

let expected: number[];
beforeAll(async () => {
  expected = await firstLosses('cpu');
});

test.for(['wasm', 'tfjs-node'] as const)('%s gives the losses of the plain backend', async (backend, { skip }) => {
  const problem = backend === 'tfjs-node' ? addonProblem(findTensorFlowAddon()) : null;
  skip(problem !== null, problem ?? '');
  const losses = await firstLosses(backend);
  expect(losses).toHaveLength(6);
  for (const [step, loss] of losses.entries()) expect(Math.abs(loss - expected[step]!)).toBeLessThan(1e-4);
});

test('nothing is left in the memory of the backend', async () => {
  const { tf } = await selectBackend('wasm');
  const before = tf.memory().numTensors;
  await firstLosses('wasm');
  expect(tf.memory().numTensors).toBe(before);
});
