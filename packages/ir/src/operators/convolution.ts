import type { Activation, HeightWidth, Padding } from './attributes.js';

/** Convolutions and products of matrices. Sizes: N batch, H height, W width, C channels, K kernel. */
export interface ConvolutionAttributes {
  /**
   * x [N, H, W, C_in], weights [C_out, K_h, K_w, C_in / groups], bias [C_out] -> y [N, H', W', C_out]
   *
   * The number of groups is C_in divided by the weights' last size; group g's outputs see group g's inputs alone.
   */
  readonly conv2d: {
    readonly strides: HeightWidth;
    readonly dilations: HeightWidth;
    readonly padding: Padding;
    readonly activation: Activation;
  };
  /** x [N, H, W, C], weights [1, K_h, K_w, C * m], bias [C * m] -> y [N, H', W', C * m]; output c * m + j sees input c. */
  readonly depthwiseConv2d: {
    readonly strides: HeightWidth;
    readonly dilations: HeightWidth;
    readonly padding: Padding;
    readonly activation: Activation;
  };
  /** x [N, H, W, C_in], weights [C_out, K_h, K_w, C_in], bias [C_out] -> y [N, H', W', C_out] with H', W' = `size`. */
  readonly transposeConv2d: {
    readonly size: HeightWidth;
    readonly strides: HeightWidth;
    readonly padding: Padding;
    readonly activation: Activation;
  };
  /** x [N, n], weights [m, n], bias [m] -> y [N, m] */
  readonly dense: { readonly activation: Activation };
  /** a [..., i, k] (or [..., k, i] if `transposeA`), b [..., k, j] (or [..., j, k]) -> y [..., i, j]; batches broadcast. */
  readonly batchMatMul: { readonly transposeA: boolean; readonly transposeB: boolean };
}
