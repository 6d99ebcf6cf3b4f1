/**
 * Makes a network that plain int8 ruins, with the data to judge it by: `node scripts/make-uneven.mjs out/uneven`. A second
 * argument says how many times larger its large channels are than its small ones, 2000 if nothing does; a third, which
 * activation there is in place of relu.
 *
 * Pictures of 8 x 8: stripes of one of four directions under a brightness of their own, with noise. The first convolution has
 * channels for the brightness and channels for edges; its batch normalisation makes the former far larger than
 * the latter, and that of the depthwise layer behind it brings them to one size again. In float32 nothing is lost. One scale
 * of int8 for all channels between the two leaves the edges less than one step. The dense layer answers with the nearest mean
 * of the training pictures' features. Everything is computed from a seed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEvaluator, inferredGraph } from '@kiln/codegen';
import { readModel, writeNpy } from '@kiln/formats';

const SIZE = 8;
const TRAINING = 400;
const TESTING = 400;
/** What the batch normalisation between the layers makes of brightness and of edges. */
const LARGE = 40;
const SMALL = LARGE / Number(process.argv[3] ?? 2000);
const ACTIVATION = process.argv[4] ?? 'relu';
/** Row and column of the brighter side against the darker one, for each class. */
const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
];

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node scripts/make-uneven.mjs FOLDER [RATIO [ACTIVATION]]\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

/** Park and Miller 1988: 0 < value < 1. */
let state = 20261127;
function random() {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
}

function picture(direction) {
  const [down, right] = DIRECTIONS[direction];
  const [phase, brightness] = [random() * 2 * Math.PI, random() * 4];
  const wave = (i) => Math.sin((Math.PI / 2) * (down * Math.floor(i / SIZE) + right * (i % SIZE)) + phase);
  return Array.from({ length: SIZE * SIZE }, (_, i) => brightness + 0.7 * wave(i) + 1.6 * (random() - 0.5));
}

function pictures(count) {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % DIRECTIONS.length);
  return { labels, images: Array.from(labels, picture) };
}

const [training, testing] = [pictures(TRAINING), pictures(TESTING)];

/** Four means over the window, each with an offset of its own, then an edge of each direction and its opposite. */
const TAPS = Array.from({ length: 9 }, (_, i) => [Math.floor(i / 3) - 1, (i % 3) - 1]);
const edges = DIRECTIONS.flatMap(([down, right]) => [1, -1].map((sign) => [sign * down, sign * right]));
const filters = [
  ...Array.from({ length: 4 }, () => TAPS.map(() => 1 / 9)),
  ...edges.map(([down, right]) => TAPS.map(([row, column]) => (down * row + right * column) / 6)),
];
const channels = filters.length;
const factors = filters.map((_, channel) => (channel < 4 ? LARGE : SMALL));

const ones = (count) => new Array(count).fill(1);
const zeros = (count) => new Array(count).fill(0);
const tap = (i) => Math.floor(i / channels);
const weights = [
  ['conv/kernel', [3, 3, 1, channels], Array.from({ length: 9 * channels }, (_, i) => filters[i % channels][tap(i)])],
  ['conv_norm/gamma', [channels], factors],
  ['conv_norm/beta', [channels], zeros(channels)],
  ['conv_norm/moving_mean', [channels], zeros(channels)],
  ['conv_norm/moving_variance', [channels], ones(channels)],
  ['depthwise/depthwise_kernel', [3, 3, channels, 1], new Array(9 * channels).fill(1 / 9)],
  ['depthwise_norm/gamma', [channels], ones(channels)],
  ['depthwise_norm/beta', [channels], zeros(channels)],
  ['depthwise_norm/moving_mean', [channels], zeros(channels)],
  ['depthwise_norm/moving_variance', [channels], factors.map((factor) => factor ** 2)],
];
const norm = (name) => ({ class_name: 'BatchNormalization', config: { name, epsilon: 1e-9 } });
const window = { kernel_size: [3, 3], padding: 'valid', use_bias: false };
const layers = [
  {
    class_name: 'Conv2D',
    config: { name: 'conv', filters: channels, ...window, batch_input_shape: [null, SIZE, SIZE, 1] },
  },
  norm('conv_norm'),
  { class_name: 'Activation', config: { name: 'conv_relu', activation: ACTIVATION } },
  { class_name: 'DepthwiseConv2D', config: { name: 'depthwise', ...window } },
  norm('depthwise_norm'),
  { class_name: 'Activation', config: { name: 'depthwise_relu', activation: ACTIVATION } },
  { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
  { class_name: 'Dense', config: { name: 'dense', units: DIRECTIONS.length, activation: 'softmax' } },
];

function save(denseKernel, denseBias) {
  const all = [
    ...weights,
    ['dense/kernel', [channels, DIRECTIONS.length], denseKernel],
    ['dense/bias', [DIRECTIONS.length], denseBias],
  ];
  const model = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'uneven', layers } },
    weightsManifest: [
      { paths: ['weights.bin'], weights: all.map(([name, shape]) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify(model, null, 2)}\n`);
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(Float32Array.from(all.flatMap(([, , v]) => v)).buffer));
}

/** What the dense layer reads, for each picture. */
function features(images) {
  const graph = inferredGraph(readModel(folder));
  const evaluator = createEvaluator(graph);
  const read = graph.nodes.find(({ op }) => op === 'dense').inputs[0];
  return images.map((image) => Array.from(evaluator.run([Float32Array.from(image)]).get(read)));
}

save(zeros(channels * DIRECTIONS.length), zeros(DIRECTIONS.length));
const seen = features(training.images);
const mean = DIRECTIONS.map((_, label) => {
  const own = seen.filter((_row, i) => training.labels[i] === label);
  return Array.from({ length: channels }, (_column, j) => own.reduce((sum, row) => sum + row[j], 0) / own.length);
});
// -|x - m|^2 = 2 x m - |m|^2 and what is the same for all classes; 20 makes the softmax decided. Brightness says nothing.
const useful = (j) => (j < 4 ? 0 : 1);
save(
  Array.from({ length: channels }, (_, j) => mean.map((m) => 40 * useful(j) * m[j])).flat(),
  mean.map((m) => -20 * m.reduce((sum, value, j) => sum + useful(j) * value ** 2, 0)),
);

function saveImages(name, images) {
  const data = Float32Array.from(images.flat());
  writeFileSync(join(folder, name), writeNpy({ dtype: 'float32', shape: [images.length, SIZE, SIZE, 1], data }));
}
saveImages('samples.npy', training.images);
saveImages('test.npy', testing.images);
writeFileSync(join(folder, 'labels.npy'), writeNpy({ dtype: 'uint8', shape: [TESTING], data: testing.labels }));
