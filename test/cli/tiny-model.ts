import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from '@kiln/formats';

export interface TinyLayer {
  class_name: string;
  config: Record<string, unknown>;
}

export interface TinyWeight {
  name: string;
  shape: number[];
  values: number[];
}

/** A network of four layers as TensorFlow.js saves it, for tests to spoil before it is written. */
export interface TinyModel {
  name: string;
  layers: TinyLayer[];
  weights: TinyWeight[];
  /** Beside the topology and the weights. */
  extra: Record<string, unknown>;
}

/** Shape of one input, without the batch. */
const TINY_INPUT = [4, 4, 1] as const;

/** conv 2@3x3, max pooling 2x2, flatten, dense 3 with softmax; [1, 4, 4, 1] -> [1, 3]. */
export function tinyModel(name = 'tiny'): TinyModel {
  return {
    name,
    layers: [
      {
        class_name: 'Conv2D',
        config: {
          ...{ name: 'conv', filters: 2, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
          batch_input_shape: [null, ...TINY_INPUT],
        },
      },
      { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2] } },
      { class_name: 'Flatten', config: { name: 'flatten' } },
      { class_name: 'Dense', config: { name: 'dense', units: 3, activation: 'softmax' } },
    ],
    weights: [
      weight('conv/kernel', [3, 3, 1, 2], 1),
      weight('conv/bias', [2], 2),
      weight('dense/kernel', [8, 3], 3),
      weight('dense/bias', [3], 4),
    ],
    extra: {},
  };
}

/** Values between -0.8 and 0.8 that look random and are not. */
export function weight(name: string, shape: number[], salt: number): TinyWeight {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, shape, values: Array.from({ length: count }, (_, i) => 0.8 * Math.sin(7.3 * (i + 1) + 2.1 * salt)) };
}

/** Writes model.json, weights.bin and, for int8, calibration.npy into a folder; answers with the folder. */
export function saveModel(folder: string, model: TinyModel = tinyModel()): string {
  mkdirSync(folder, { recursive: true });
  const { name, layers, weights, extra } = model;
  const json = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name, layers } },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name: id, shape }) => ({ name: id, shape, dtype: 'float32' })),
      },
    ],
    ...extra,
  };
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  writeFileSync(
    join(folder, 'weights.bin'),
    new Uint8Array(Float32Array.from(weights.flatMap(({ values }) => values)).buffer),
  );
  saveInputs(join(folder, 'calibration.npy'), 32);
  return folder;
}

/** Writes a .npy of `count` inputs of the tiny model; answers with its path. */
export function saveInputs(file: string, count: number, shape: readonly number[] = TINY_INPUT): string {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from(
    { length: count * size },
    (_, i) => Math.sin(0.37 * i) + 0.5 * Math.sin(0.011 * i * i),
  );
  writeFileSync(file, writeNpy({ dtype: 'float32', shape: [count, ...shape], data }));
  return file;
}
