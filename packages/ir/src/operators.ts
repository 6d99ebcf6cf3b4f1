import type { Shape } from './shape.js';

/** What a node may do to its result before it is stored. */
export type Activation = 'none' | 'relu';

/** `same`: the output has ceil(size / stride) positions, zeros around; `valid`: only whole windows. */
export type Padding = 'same' | 'valid';

/** Height and width, in elements. */
export type HeightWidth = readonly [number, number];

/** Attributes of every operator, by its name. Tensors are named in the order of a node's `inputs`. */
export interface NodeAttributes {
  /** x [1, H, W, C_in], weights [C_out, K_h, K_w, C_in], bias [C_out] -> y [1, H', W', C_out] */
  readonly conv2d: {
    readonly strides: HeightWidth;
    readonly dilations: HeightWidth;
    readonly padding: Padding;
    readonly activation: Activation;
  };
  /** x [1, n], weights [m, n], bias [m] -> y [1, m] */
  readonly dense: { readonly activation: Activation };
  /** x [1, H, W, C] -> y [1, H', W', C] */
  readonly maxPool2d: { readonly window: HeightWidth; readonly strides: HeightWidth; readonly padding: Padding };
  /** y = max(x, 0) */
  readonly relu: Record<never, never>;
  /** y_i = exp(x_i) / sum_j exp(x_j) over the last dimension */
  readonly softmax: Record<never, never>;
  /** The same elements in the same order under another shape; one size may be -1, what is left for it. */
  readonly reshape: { readonly shape: Shape };
  /** x, mean, inverseDeviation, all of one shape -> y = (x - mean) * inverseDeviation, element by element */
  readonly standardize: Record<never, never>;
  /** float32 -> integers of the output's quantization */
  readonly quantize: Record<never, never>;
  /** integers -> float32 */
  readonly dequantize: Record<never, never>;
}

export type OpName = keyof NodeAttributes;
