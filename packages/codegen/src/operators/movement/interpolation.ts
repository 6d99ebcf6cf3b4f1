import { everyIndex } from './walk.js';

/** How resizeBilinear walks along the rows (or columns) of a picture. */
export interface Attributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** The two neighbours of an output row, and how far it is from the first to the second. */
export interface Between {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Rows of the input in 1024ths: output row i is at i * step + start, limited to the first and the last row. */
export interface IntegerSteps {
  readonly step: number;
  readonly start: number;
  readonly last: number;
}

/** One row of the input in 1024ths. */
export const ONE_ROW = 1024;

/**
 * Source: TensorFlow Lite, `ResizeBilinearInteger` (kernels/internal/reference/resize_bilinear.h). Limiting the place instead
 * of the neighbours gives the same integers, and none outside where the rounded step runs past the last row.
 */
export function integerSteps(from: number, to: number, { alignCorners, halfPixelCenters }: Attributes): IntegerSteps {
  const aligned = alignCorners && to > 1;
  const [spans, parts] = aligned ? [from - 1, to - 1] : [from, to];
  const step = Math.floor((ONE_ROW * spans + Math.floor(parts / 2)) / parts);
  return { step, start: halfPixelCenters ? Math.floor(step / 2) - ONE_ROW / 2 : 0, last: (from - 1) * ONE_ROW };
}

/** The neighbours of every output row, the share in 1024ths. */
export function integerNeighbours({ step, start, last }: IntegerSteps, to: number): Between[] {
  return everyIndex(to).map((i) => {
    const place = Math.max(0, Math.min(last, i * step + start));
    const low = Math.floor(place / ONE_ROW);
    const share = place % ONE_ROW;
    return { low, high: share > 0 ? low + 1 : low, share };
  });
}

/** The distance between output rows, in rows of the input, as a float32. */
export function floatStep(from: number, to: number, { alignCorners }: Attributes): number {
  const { fround } = Math;
  return alignCorners && to > 1 ? fround(fround(from - 1) / fround(to - 1)) : fround(fround(from) / fround(to));
}

/**
 * The neighbours of every output row: row i is at i * step, or (i + 0.5) * step - 0.5 with `halfPixelCenters`; each operation
 * rounds once to float32. Before the first row the share is negative, and both neighbours are the first.
 *
 * Source: TensorFlow Lite, `ComputeInterpolationValues` (kernels/internal/reference/resize_bilinear.h).
 */
export function floatNeighbours(from: number, to: number, attributes: Attributes): Between[] {
  const { fround } = Math;
  const step = floatStep(from, to, attributes);
  return everyIndex(to).map((i) => {
    const place = attributes.halfPixelCenters ? fround(fround(fround(i + 0.5) * step) - 0.5) : fround(i * step);
    const low = place > 0 ? Math.trunc(place) : 0;
    return { low, high: place > low && low < from - 1 ? low + 1 : low, share: fround(place - low) };
  });
}
