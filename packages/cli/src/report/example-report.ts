import type { PrecisionReport, ReportData } from './report-data.js';

const STEPS = ['quantize0', 'conv2d0', 'conv2d1', 'maxPool0', 'flatten0', 'dense0', 'dense1', 'softmax0'];
const SIZES = [64, 1152, 1152, 288, 288, 128, 10, 10];

/** Numbers 0..1 that look random and are the same in every run (a linear congruential generator). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** An 8x8 image of 0..16: a ring whose place depends on `variant`. */
function drawRing(variant: number): Uint8Array {
  const column = 3 + (variant % 3) / 2;
  const row = 3 + (variant % 4) / 3;
  return Uint8Array.from({ length: 64 }, (_, k) =>
    Math.max(0, 16 - Math.abs(Math.hypot((k % 8) - column, (k >> 3) - row) * 8 - 22)),
  );
}

/** One precision of the example; the same seed gives the same figures. */
export function makePrecision(precision: 'int8' | 'float32', seed: number): PrecisionReport {
  const random = makeRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const width = precision === 'int8' ? 1 : 4;
  const images = precision === 'int8' ? 46 : 44;
  return {
    precision,
    accuracy: 1 - images / 1797,
    constantBytes: 48_902 * width + seed,
    arenaBytes: 2314 * width,
    lowerBoundBytes: 2304 * width,
    macs: 380_288 + seed,
    layers: STEPS.map((name, i) => ({
      name,
      op: name.replace(/\d$/, ''),
      input: i === 0 ? '8x8x1' : `1x${SIZES[i - 1]}`,
      output: `1x${SIZES[i]}`,
      dtype: precision,
      macs: 10_000 + below(100_000),
      constantBytes: 1000 + below(20_000),
      outputBytes: (SIZES[i] ?? 0) * width,
      signalToNoiseDecibels: precision === 'int8' ? 20 + random() * 30 : null,
      calibration: precision === 'int8' ? (['min-max', 'percentile 99.9', 'mean squared error'][i % 3] ?? null) : null,
    })),
    blocks: STEPS.map((name, i) => ({
      tensors: i === 4 ? ['flatten0/output', 'maxPool0/output'] : [`${name}/output`],
      offset: i % 2 === 0 ? 0 : 2304 * width - (SIZES[i] ?? 0) * width + (i === 7 ? 10 * width : 0),
      bytes: (SIZES[i] ?? 0) * width,
      firstStep: i,
      lastStep: Math.min(i + 1, STEPS.length - 1),
    })),
    steps: STEPS,
    sizes: ['cortex-m4', 'cortex-m0', 'wasm32'].map((target) => ({
      target,
      compiler: `a compiler for ${target} -Os`,
      codeBytes: 3000 + below(3000),
      constantBytes: 48_000 * width + below(900),
      ramBytes: 2314 * width + below(90),
      stackBytes: target === 'wasm32' ? null : 80 + below(200),
    })),
    engines: ['reference', 'host', 'wasm'].map((name) => ({
      name,
      description:
        name === 'reference'
          ? 'TypeScript, exact integers'
          : `C99 from ${name === 'host' ? 'gcc -O3' : 'emcc -O3 -msimd128'}`,
      inputs: 1807,
      differing: 0,
      bytesCompared: 5_000_000 * width + below(100_000),
      accuracy: 1 - images / 1797,
      seconds: random() * 9,
    })),
    confusion: Array.from({ length: 10 }, (_, i) =>
      Array.from({ length: 10 }, (_, j) => (i === j ? 170 + below(12) : random() < 0.2 ? 1 + below(5) : 0)),
    ),
    misread: Array.from({ length: images }, (_, i) => {
      const label = below(10);
      const read = (label + 1 + below(9)) % 10;
      return { index: 39 * i + seed, label: String(label), read: String(read), margin: random(), pixels: drawRing(i) };
    }),
    disagreements: Array.from({ length: precision === 'int8' ? 5 : 0 }, (_, i) => ({
      index: 300 * i + 17,
      label: String(i),
      float: String(i),
      int8: String(9 - i),
      margin: random() / 9,
    })),
  };
}

/** A report with realistic figures, all made up, for the tests: 25 epochs, ten classes, two precisions. */
export function makeExampleReport(): ReportData {
  return {
    title: 'Digits, from training to proven C',
    kilnVersion: '0.1.0',
    model: { name: 'digits-cnn', sha256: '3f9a1c02'.repeat(8) },
    data: {
      name: 'Optical recognition of handwritten digits',
      source: 'UCI Machine Learning Repository, https://archive.ics.uci.edu/dataset/80',
      notice: 'This is not the UCI set, but the embedded default. Its accuracy is lower.',
      sha256: 'e1b683cc'.repeat(8),
      trainCount: 3823,
      testCount: 1797,
      classes: Array.from({ length: 10 }, (_, i) => String(i)),
      imageShape: [8, 8],
    },
    pictures: { data: [], weights: [] },
    training: {
      backend: 'tfjs-node',
      seed: 20_260,
      keep: 'last',
      epochs: Array.from({ length: 25 }, (_, i) => ({
        epoch: i + 1,
        loss: 1.9 * Math.exp(-i / 3) + 0.05 + 0.01 * Math.sin(i * 5),
        accuracy: 0.985 - 0.6 * Math.exp(-i / 2.5),
        testLoss: 1.1 * Math.exp(-i / 3) + 0.11 + 0.008 * Math.cos(i * 7),
        testAccuracy: 0.971 - 0.35 * Math.exp(-i / 2.2) + 0.003 * Math.sin(i * 3),
      })),
    },
    floatAccuracy: 0.9744,
    precisions: [makePrecision('int8', 7), makePrecision('float32', 11)],
    files: [
      { path: 'digits.c', bytes: 214_337, what: 'the network, C99, weights inside' },
      { path: 'digits.h', bytes: 4211, what: 'its interface' },
    ],
    next: [
      { command: 'npx kiln bench out/digits --board microbit', what: 'instructions per image on a board' },
      {
        command: 'npx kiln run out/digits --on wasm --input image.npy --out-dir out/run',
        what: 'one image of your own',
      },
    ],
  };
}
