import type { HeightWidth, Padding, Shape } from '@kiln/ir';

/** A window that slides over height and width, with all sizes worked out. */
export interface WindowGeometry {
  /** Pictures, one behind the other. */
  readonly batches: number;
  readonly input: HeightWidth;
  readonly output: HeightWidth;
  readonly kernel: HeightWidth;
  readonly strides: HeightWidth;
  readonly dilations: HeightWidth;
  /** Rows and columns of padding before the first of the input. */
  readonly before: HeightWidth;
  /** Whether any window reaches outside the input. */
  readonly padded: boolean;
}

/**
 * Source: TensorFlow, `GetWindowedOutputSize` (framework/common_shape_fns.cc): `same` gives ceil(n / stride) positions with
 * the odd row of padding behind; `valid` gives ceil((n - reach + 1) / stride), which may come out as 0 or less.
 */
export function windowGeometry(
  shape: Shape,
  kernel: HeightWidth,
  attributes: { readonly strides: HeightWidth; readonly padding: Padding; readonly dilations?: HeightWidth },
): WindowGeometry {
  const { strides, padding, dilations = [1, 1] } = attributes;
  const axis = (i: 0 | 1): { output: number; before: number; padded: boolean } => {
    const size = shape[i + 1] ?? 0;
    const reach = (kernel[i] - 1) * dilations[i] + 1;
    if (padding === 'valid') return { output: Math.ceil((size - reach + 1) / strides[i]), before: 0, padded: false };
    const output = Math.ceil(size / strides[i]);
    const total = Math.max((output - 1) * strides[i] + reach - size, 0);
    return { output, before: Math.floor(total / 2), padded: total > 0 };
  };
  const [rows, columns] = [axis(0), axis(1)];
  return {
    batches: shape[0] ?? 1,
    input: [shape[1] ?? 0, shape[2] ?? 0],
    output: [rows.output, columns.output],
    kernel,
    strides,
    dilations,
    before: [rows.before, columns.before],
    padded: rows.padded || columns.padded,
  };
}

/**
 * Visits the window positions in order with the taps that lie inside the input: pairs of the input's and the kernel's
 * first element at that tap.
 */
export function forEachWindow(
  { batches, input, output, kernel, strides, dilations, before }: WindowGeometry,
  channels: number,
  visit: (position: number, taps: Int32Array, count: number) => void,
): void {
  const taps = new Int32Array(2 * kernel[0] * kernel[1]);
  for (let rows = 0; rows < batches * output[0]; rows++) {
    const row = rows % output[0];
    const picture = Math.floor(rows / output[0]) * input[0];
    for (let column = 0; column < output[1]; column++) {
      let count = 0;
      for (let i = 0; i < kernel[0]; i++) {
        const r = row * strides[0] - before[0] + i * dilations[0];
        if (r < 0 || r >= input[0]) continue;
        for (let j = 0; j < kernel[1]; j++) {
          const c = column * strides[1] - before[1] + j * dilations[1];
          if (c < 0 || c >= input[1]) continue;
          taps[2 * count] = ((picture + r) * input[1] + c) * channels;
          taps[2 * count + 1] = (i * kernel[1] + j) * channels;
          count += 1;
        }
      }
      visit(rows * output[1] + column, taps, count);
    }
  }
}
