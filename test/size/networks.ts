import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Samples } from '@kiln/codegen';
import { readModel } from '@kiln/formats';
import type { Graph } from '@kiln/ir';
import { ChainBuilder, digitsNetwork, samples } from '../../packages/codegen/src/testing/graphs.js';
import { ROOT } from '../cli/kiln-process.js';

/** A network whose figures are kept. */
export interface MeasuredNetwork {
  readonly name: string;
  /** Null where it is somebody else's and not here. */
  readonly graph: () => Graph | null;
  /** What a float32 network is quantized on; null for one that came quantized. */
  readonly calibration: Samples | null;
}

/** Networks with seeded weights, so that the figures hang on nothing that was trained: the notebook's, and the kinds of layers others have. */
const OWN: readonly MeasuredNetwork[] = [
  { name: 'digits', graph: () => digitsNetwork(), calibration: samples(32, 64, 'uint8') },
  { name: 'separable', graph: separableNetwork, calibration: samples(32, 24 * 24 * 3, 'float32') },
  { name: 'dense', graph: denseNetwork, calibration: samples(32, 128, 'float32') },
];

/** Depthwise and pointwise convolutions after one of three channels, an average at the end. */
function separableNetwork(): Graph {
  const same = { padding: 'same', activation: 'relu' } as const;
  return new ChainBuilder([1, 24, 24, 3], { name: 'separable', seed: 2 })
    .conv2d(8, [3, 3, 3], { ...same, strides: [2, 2] })
    .depthwiseConv2d(8, [3, 3], same)
    .conv2d(16, [1, 1, 8], same)
    .depthwiseConv2d(16, [3, 3], { ...same, strides: [2, 2] })
    .conv2d(32, [1, 1, 16], same)
    .apply('averagePool2d', { window: [6, 6], strides: [6, 6], padding: 'valid', activation: 'none' })
    .reshape([1, 32])
    .dense(4, 32)
    .softmax()
    .finish();
}

function denseNetwork(): Graph {
  return new ChainBuilder([1, 128], { name: 'dense', seed: 3 })
    .dense(64, 128, 'relu')
    .dense(8, 64, 'relu')
    .dense(64, 8, 'relu')
    .dense(128, 64)
    .finish();
}

/** MLPerf Tiny's reference models, where they lie beside the checkout: others' work. */
const OTHERS: readonly MeasuredNetwork[] = [
  ['anomaly detection', 'ad01_int8.tflite'],
  ['keyword spotting', 'kws_dscnn_int8.tflite'],
  ['image classification', 'ic_resnet8_int8.tflite'],
  ['visual wake words', 'vww_mobilenetv1_int8.tflite'],
].map(([name, file]) => {
  const path = join(ROOT, '..', 'shared', 'models', file!);
  return { name: name!, graph: () => (existsSync(path) ? readModel(path) : null), calibration: null };
});

export const NETWORKS: readonly MeasuredNetwork[] = [...OWN, ...OTHERS];
