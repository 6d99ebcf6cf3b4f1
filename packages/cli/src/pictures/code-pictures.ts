import { createEvaluator, inferredGraph } from '@kiln/codegen';
import { readModel } from '@kiln/formats';
import { elementCount, type Graph, type NumberData, tensorOf } from '@kiln/ir';
import { MODEL_PARTS } from '@kiln/train';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation, Model } from '../model-folder.js';
import { plotClassPlane } from '../report/plots/class-plane.js';
import { plotTiles, type Tile } from '../report/plots/tile-sheet.js';
import type { Picture } from './picture.js';

const PAIRS = 10;
const POINTS = 900;
/** Decoded images along each side of the plane. */
const GRID = 12;
/** Share of the codes left out at either end of each axis, so that a stray one does not blow up the plane. */
const STRAY = 0.02;
const FULL = 16;

/** The float networks of an autoencoder. Shapes must be inferred. */
interface Autoencoder {
  readonly whole: Graph;
  readonly encoder: Graph;
  readonly decoder: Graph;
  /** Pixels in a row of the image. */
  readonly columns: number;
}

/**
 * The pictures of an autoencoder in a model folder, whose encoder and decoder lie beside it; none for another network.
 * `labels` colour the codes where they are known.
 */
export function autoencoderPictures(model: Model, labels: Uint8Array | null): Picture[] {
  const { evaluation, folder } = model;
  const [encoder, decoder] = MODEL_PARTS.map((name) => join(folder, name));
  if (evaluation === null || !existsSync(encoder!) || !existsSync(decoder!)) return [];
  const whole = inferredGraph(model.graph);
  const columns = tensorOf(whole, whole.inputs[0]!).shape.at(-2) ?? 1;
  const part = (path: string): Graph => inferredGraph(readModel(path));
  return codePictures({ whole, encoder: part(encoder!), decoder: part(decoder!), columns }, evaluation, labels);
}

/** Test images and their reconstructions; for a code of two numbers also the plane of codes and what the decoder makes of it. */
function codePictures(
  { whole, encoder, decoder, columns }: Autoencoder,
  { inputs, count }: Evaluation,
  labels: Uint8Array | null,
): Picture[] {
  const size = inputs.length / count;
  const image = (i: number): Uint8Array => inputs.subarray(i * size, (i + 1) * size);
  const answer = answering(whole);
  const pairs = Array.from({ length: Math.min(PAIRS, count) }, (_, i) => i);
  const originals: Tile[] = pairs.map((i) => ({
    pixels: Array.from(image(i), (pixel) => pixel / FULL),
    columns,
    label: i === 0 ? 'test' : '',
  }));
  const copies: Tile[] = pairs.map((i) => ({ pixels: answer(image(i)), columns, label: i === 0 ? 'copy' : '' }));
  const reconstructions: Picture = {
    name: 'reconstructions',
    title: 'Reconstructions',
    caption: 'The first ten test images, and below each what is left of it behind the bottleneck.',
    image: plotTiles('Test images and their reconstructions', [...originals, ...copies], {
      perRow: PAIRS,
      pixelSize: 6,
    }),
  };
  if (elementCount(tensorOf(encoder, encoder.outputs[0]!).shape) !== 2) return [reconstructions];
  const encode = answering(encoder);
  const codes = Array.from({ length: count }, (_, i) => encode(image(i)) as [number, number]);
  return [reconstructions, ...planePictures(codes, labels, answering(decoder), columns)];
}

function planePictures(
  codes: readonly (readonly [number, number])[],
  labels: Uint8Array | null,
  decode: (code: Float32Array) => number[],
  columns: number,
): Picture[] {
  const [left, right] = middle(codes.map(([x]) => x));
  const [bottom, top] = middle(codes.map(([, y]) => y));
  const inside = codes.flatMap(([x, y], i) =>
    x >= left && x <= right && y >= bottom && y <= top ? [{ x, y, label: labels?.[i] ?? 0 }] : [],
  );
  const classes = labels === null ? ['\u2022'] : Array.from({ length: Math.max(...labels) + 1 }, (_, i) => String(i));
  const tiles: Tile[] = Array.from({ length: GRID * GRID }, (_, i) => {
    const x = left + ((right - left) * (i % GRID)) / (GRID - 1);
    const y = top - ((top - bottom) * Math.floor(i / GRID)) / (GRID - 1);
    return { pixels: decode(Float32Array.of(x, y)), columns, label: '' };
  });
  return [
    {
      name: 'plane',
      title: 'The plane of codes',
      caption: 'Test images at the two numbers that the encoder makes of them, drawn as their classes.',
      image: plotClassPlane('Test images at their codes', inside.slice(0, POINTS), classes, {
        x: 'first number of the code',
        y: 'second number of the code',
      }),
    },
    {
      name: 'decoded',
      title: 'What the decoder draws',
      caption:
        `The decoder's pictures over the same plane: from ${left.toFixed(1)} to ${right.toFixed(1)} across, ` +
        `from ${bottom.toFixed(1)} at the bottom to ${top.toFixed(1)} at the top.`,
      image: plotTiles('Decoded pictures over the plane of codes', tiles, { perRow: GRID, pixelSize: 4 }),
    },
  ];
}

/** The values between which all but the strays lie. */
function middle(values: readonly number[]): [least: number, greatest: number] {
  const sorted = [...values].sort((a, b) => a - b);
  const stray = Math.floor(sorted.length * STRAY);
  return [sorted[stray]!, sorted[sorted.length - 1 - stray]!];
}

/** Runs a graph of one input and one output. */
function answering(graph: Graph): (input: NumberData) => number[] {
  const evaluator = createEvaluator(graph);
  return (input) => Array.from(evaluator.run([input]).get(graph.outputs[0]!) as NumberData);
}
