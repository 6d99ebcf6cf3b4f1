import type { HeightWidth, None } from './attributes.js';
import type { Shape } from '../shape.js';

/** Operators that move elements and compute nothing, or interpolate between neighbours. Axes are never negative. */
export interface MovementAttributes {
  /** The same elements in the same order under another shape; one size may be -1, what is left for it. */
  readonly reshape: { readonly shape: Shape };
  /** The same elements in memory of their own. */
  readonly copy: None;
  /** y's dimension i is x's dimension permutation[i]. */
  readonly transpose: { readonly permutation: readonly number[] };
  /** All inputs, one behind the other along `axis`. */
  readonly concatenation: { readonly axis: number };
  /** x in consecutive pieces along `axis`, one output for each of `sizes`. */
  readonly split: { readonly axis: number; readonly sizes: readonly number[] };
  /** y[i] = x[begin + i * strides] per dimension; strides may be negative. */
  readonly slice: {
    readonly begin: readonly number[];
    readonly size: readonly number[];
    readonly strides: readonly number[];
  };
  /** x, indices -> y = x[..., indices, ...] along `axis`; the first `batchDimensions` dimensions of both are paired. */
  readonly gather: { readonly axis: number; readonly batchDimensions: number };
  /** x, indices [..., n] -> y[...] = x[indices[..., 0], ..., indices[..., n - 1]] */
  readonly gatherNd: None;
  /** indices, on, off (scalars) -> y = on where the index along the new `axis` is the value, otherwise off */
  readonly oneHot: { readonly depth: number; readonly axis: number };
  /** x, value (scalar) -> x with `value` around it. */
  readonly pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** x with its own elements around it, mirrored; `reflect` does not repeat the outermost one. */
  readonly mirrorPad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly mode: 'reflect' | 'symmetric';
  };
  readonly tile: { readonly multiples: readonly number[] };
  readonly broadcastTo: { readonly shape: Shape };
  readonly reverse: { readonly axes: readonly number[] };
  /** [N, H, W, C] -> [N, H / b, W / b, C * b * b] */
  readonly spaceToDepth: { readonly blockSize: number };
  /** [N, H, W, C] -> [N, H * b, W * b, C / (b * b)] */
  readonly depthToSpace: { readonly blockSize: number };
  /** Per spatial dimension (the second and following): padded, then every `block`-th element to one batch. */
  readonly spaceToBatch: {
    readonly block: readonly number[];
    readonly before: readonly number[];
    readonly after: readonly number[];
  };
  /** The reverse, with `before` and `after` cropped. */
  readonly batchToSpace: {
    readonly block: readonly number[];
    readonly before: readonly number[];
    readonly after: readonly number[];
  };
  readonly resizeBilinear: Resize;
  readonly resizeNearest: Resize;
  /** x, update, start [rank] -> x with update written at start, which is clamped so that update fits. */
  readonly dynamicUpdateSlice: None;
}

interface Resize {
  readonly size: HeightWidth;
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}
