import type { HeightWidth } from '@kiln/ir';
import type { Site } from '../site.js';

/** A convolution walked backwards: output row r takes from input row (r + before - i) / stride where that is one. */
export interface TransposedWindow {
  readonly batches: number;
  readonly input: HeightWidth;
  readonly output: HeightWidth;
  readonly kernel: HeightWidth;
  readonly strides: HeightWidth;
  readonly before: HeightWidth;
}

/**
 * Source: TensorFlow Lite, `ComputePaddingHeightWidth` of the forward convolution from `size` to the input: `same` leaves
 * out half of what reaches beyond.
 */
export function transposedWindow({ node, inputs }: Site<'transposeConv2d'>): TransposedWindow {
  const { size, strides, padding } = node.attributes;
  const { shape } = inputs[0]!;
  const kernel = [inputs[1]!.shape[1]!, inputs[1]!.shape[2]!] as const;
  const before = ([0, 1] as const).map((i) => {
    const positions = Math.ceil(size[i] / strides[i]);
    return padding === 'valid' ? 0 : Math.max(0, Math.floor(((positions - 1) * strides[i] + kernel[i] - size[i]) / 2));
  }) as [number, number];
  return { batches: shape[0]!, input: [shape[1]!, shape[2]!], output: size, kernel, strides, before };
}

/**
 * Visits the outputs in order with the taps that meet an input: pairs of the input's and the kernel's pixel, in the order of
 * the kernel's rows and columns.
 */
export function forEachTransposedWindow(
  { batches, input, output, kernel, strides, before }: TransposedWindow,
  visit: (position: number, taps: Int32Array, count: number) => void,
): void {
  const taps = new Int32Array(2 * kernel[0] * kernel[1]);
  const source = (at: number, axis: 0 | 1): number | null => {
    const from = at / strides[axis];
    return at >= 0 && Number.isInteger(from) && from < input[axis] ? from : null;
  };
  for (let position = 0; position < batches * output[0] * output[1]; position++) {
    const [rows, column] = [Math.floor(position / output[1]), position % output[1]];
    const picture = Math.floor(rows / output[0]) * input[0];
    let count = 0;
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const r = source((rows % output[0]) + before[0] - Math.floor(tap / kernel[1]), 0);
      const c = source(column + before[1] - (tap % kernel[1]), 1);
      if (r === null || c === null) continue;
      taps[2 * count] = (picture + r) * input[1] + c;
      taps[2 * count + 1] = tap;
      count += 1;
    }
    visit(position, taps, count);
  }
}
