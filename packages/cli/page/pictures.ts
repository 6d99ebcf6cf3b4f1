import type { Shape } from '@kiln/ir';
import { element } from './dom.js';

/** Pixels of one channel beside another, and how many of them are shown. */
const GAP = 1;
const MOST_CHANNELS = 64;
/** Elements of a vector to a row. */
const ROW = 32;

interface Tiles {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** How a tensor is laid out as pictures: [H, W, C] has a tile for each channel, a vector is wrapped into rows. */
export function tilesOf(shape: Shape): Tiles {
  const dims = shape.filter((length, axis) => length !== 1 || (axis > 0 && shape.length === 4));
  if (dims.length >= 3) {
    const [height = 1, width = 1] = dims.slice(-3);
    return { height: height * product(dims.slice(0, -3)), width, channels: dims.at(-1)! };
  }
  if (dims.length === 2) return { height: dims[0]!, width: dims[1]!, channels: 1 };
  const count = product(dims);
  const width = Math.min(ROW, Math.max(1, count));
  return { height: Math.ceil(count / width), width, channels: 1 };
}

/** A canvas that shows a tensor; empty until it is painted. */
export function createPicture(label: string): HTMLCanvasElement {
  return element('canvas', { class: 'pixels', role: 'img', 'aria-label': label, width: '1', height: '1' });
}

/**
 * Paints real values: none is the panel's colour, the greatest positive one blue, the greatest negative one orange.
 * `most` is the value of the full colour; without it, the greatest there is.
 */
export function paintPicture(canvas: HTMLCanvasElement, values: Float64Array, shape: Shape, most?: number): void {
  const { height, width, channels } = tilesOf(shape);
  const shown = Math.min(channels, MOST_CHANNELS);
  const columns = bestColumns(shown, width, height);
  const rows = Math.ceil(shown / columns);
  canvas.width = columns * (width + GAP) - GAP;
  canvas.height = rows * (height + GAP) - GAP;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  const colour = colourScale(most ?? values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0));
  for (let channel = 0; channel < shown; channel++) {
    const left = (channel % columns) * (width + GAP);
    const top = Math.floor(channel / columns) * (height + GAP);
    for (let i = 0; i < height * width; i++) {
      const value = values[i * channels + channel];
      if (value === undefined) continue;
      const at = 4 * ((top + Math.floor(i / width)) * canvas.width + left + (i % width));
      image.data.set(colour(value), at);
    }
  }
  context.putImageData(image, 0, 0);
  const zoom = Math.max(1, Math.min(12, Math.floor(320 / canvas.width)));
  canvas.style.width = `${canvas.width * zoom}px`;
}

/** How many tiles to a row make the picture about twice as wide as high. */
function bestColumns(count: number, width: number, height: number): number {
  const columns = Math.round(Math.sqrt((2 * count * (height + GAP)) / (width + GAP)));
  return Math.max(1, Math.min(count, columns));
}

type Colour = readonly [number, number, number, number];

function colourScale(most: number): (value: number) => Colour {
  const style = getComputedStyle(document.documentElement);
  const [none, positive, negative] = ['--panel', '--first', '--second'].map((name) =>
    parseColour(style.getPropertyValue(name)),
  );
  return (value) => {
    const share = most === 0 || !Number.isFinite(value) ? 0 : Math.min(1, Math.abs(value) / most);
    const full = value < 0 ? negative! : positive!;
    const mix = (i: 0 | 1 | 2): number => Math.round(none![i] + (full[i] - none![i]) * share);
    return [mix(0), mix(1), mix(2), 255];
  };
}

/** `#rrggbb`, as the style sheet has them. */
function parseColour(text: string): Colour {
  const number = Number.parseInt(text.trim().slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255, 255];
}

function product(dims: readonly number[]): number {
  return dims.reduce((result, length) => result * length, 1);
}
