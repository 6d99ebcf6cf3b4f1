import type { ActivationType } from '../operators/operator.js';
import { nearestOnGrid, quantizationOfRange, type Range } from './range.js';

/** How a range is proposed from the values seen. */
export const CALIBRATION_METHODS = ['min-max', 'percentile', 'mean-squared-error'] as const;

export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

export interface RangeCandidate {
  readonly method: CalibrationMethod;
  readonly range: Range;
}

/** Share of the values that `percentile` leaves out at each end. */
const TAIL = 0.0005;
/** Ranges tried by `mean-squared-error`: the whole one, shrunk in equal steps down to this share. */
const SHRINK_STEPS = 40;
const LEAST_SHARE = 0.3;
/** Values that `mean-squared-error` looks at; evenly spaced among all. */
const MSE_VALUES = 20_000;

/**
 * Three proposals: all values (`min-max`), all but the outermost 0.05 % at each end (`percentile`), and the share of the
 * whole range whose grid has the least mean squared error on the values themselves.
 */
export function rangeCandidates(values: Float32Array, dtype: ActivationType): RangeCandidate[] {
  const sorted = Float32Array.from(values).sort();
  const last = sorted.length - 1;
  const whole = { min: sorted[0] ?? 0, max: sorted[last] ?? 0 };
  const percentile = { min: sorted[Math.floor(last * TAIL)] ?? 0, max: sorted[Math.ceil(last * (1 - TAIL))] ?? 0 };
  return [
    { method: 'min-max', range: whole },
    { method: 'percentile', range: percentile },
    { method: 'mean-squared-error', range: leastErrorRange(sorted, whole, dtype) },
  ];
}

function leastErrorRange(sorted: Float32Array, whole: Range, dtype: ActivationType): Range {
  const stride = Math.max(1, Math.floor(sorted.length / MSE_VALUES));
  let best = whole;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= SHRINK_STEPS; step++) {
    const share = 1 - (step / SHRINK_STEPS) * (1 - LEAST_SHARE);
    const range = { min: whole.min * share, max: whole.max * share };
    const error = gridError(sorted, stride, range, dtype);
    if (error < least) [best, least] = [range, error];
  }
  return best;
}

function gridError(values: Float32Array, stride: number, range: Range, dtype: ActivationType): number {
  const quantization = quantizationOfRange(range, dtype);
  const [scale, zeroPoint] = [quantization.scale[0]!, quantization.zeroPoint[0]!];
  let sum = 0;
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i]!;
    sum += (value - scale * (nearestOnGrid(value, quantization, dtype) - zeroPoint)) ** 2;
  }
  return sum;
}
