import { type Activation, type DType, InvariantError, type QuantizationParams, type TensorType } from '@kiln/ir';
import { cFloat, cInt, cPlus } from '../emit/c-literal.js';
import { roundHalfAway } from '../arithmetic/requantization.js';

/** An activation that is told by two bounds; `relu0To1` stands alone only. */
export type Clamp = Activation | 'relu0To1';

/** The reals between which an activation lets a result through. */
const BOUNDS: Readonly<Record<Clamp, { readonly low: number; readonly high: number }>> = {
  none: { low: -Infinity, high: Infinity },
  relu: { low: 0, high: Infinity },
  reluN1To1: { low: -1, high: 1 },
  relu0To1: { low: 0, high: 1 },
  relu6: { low: 0, high: 6 },
};

/** The least and greatest value of an integer type. Throws `InvariantError` for others. */
export function integerLimits(dtype: DType): { readonly low: number; readonly high: number } {
  switch (dtype) {
    case 'int8':
      return { low: -128, high: 127 };
    case 'uint8':
      return { low: 0, high: 255 };
    case 'int16':
      return { low: -32768, high: 32767 };
    case 'int32':
      return { low: -(2 ** 31), high: 2 ** 31 - 1 };
    default:
      throw new InvariantError('E-NOT-INTEGER', 'activation', `${dtype} has no integer limits`);
  }
}

/**
 * The integers between which a fused activation lets an output through.
 *
 * Source: TensorFlow Lite, `CalculateActivationRangeQuantized`: a bound b is the integer zeroPoint + round(b / scale).
 */
export function integerActivationRange(
  activation: Clamp,
  { dtype, quantization }: Pick<TensorType, 'dtype' | 'quantization'>,
): { readonly low: number; readonly high: number } {
  const limits = integerLimits(dtype);
  const bounds = BOUNDS[activation];
  const [scale, zeroPoint] = [quantization?.scale[0] ?? 1, quantization?.zeroPoint[0] ?? 0];
  const quantized = (bound: number): number => zeroPoint + roundHalfAway(Math.fround(bound / scale));
  return {
    low: Number.isFinite(bounds.low) ? Math.max(limits.low, quantized(bounds.low)) : limits.low,
    high: Number.isFinite(bounds.high) ? Math.min(limits.high, quantized(bounds.high)) : limits.high,
  };
}

/** The activation of a float32, as the generated C computes it: what is not above the lower bound becomes it. */
export function floatActivation(activation: Clamp): (value: number) => number {
  const { low, high } = BOUNDS[activation];
  if (activation === 'none') return (value) => value;
  return (value) => {
    const raised = value > low ? value : low;
    return raised < high ? raised : high;
  };
}

/** The same as statements on the variable `name`, each without its indent; none for `none`. */
export function floatActivationLines(activation: Clamp, name: string): readonly string[] {
  const { low, high } = BOUNDS[activation];
  return [
    ...(Number.isFinite(low) ? [`${name} = ${name} > ${cFloat(low)} ? ${name} : ${cFloat(low)};`] : []),
    ...(Number.isFinite(high) ? [`${name} = ${name} < ${cFloat(high)} ? ${name} : ${cFloat(high)};`] : []),
  ];
}

/** The fused activation as a formula around `inner`. */
export function activationFormula(activation: Activation, inner: string): string {
  return activation === 'none' ? inner : `${activation}(${inner})`;
}

/** The integer range around zero instead of the zero point: clamped before the zero point is added, nothing can overflow. */
export function clampData(activation: Clamp, output: Pick<TensorType, 'dtype' | 'quantization'>) {
  const { low, high } = integerActivationRange(activation, output);
  const zeroPoint = zeroPointOrNone(output.quantization);
  return { plusZeroPoint: cPlus(zeroPoint), low: cInt(low - zeroPoint), high: cInt(high - zeroPoint) };
}

function zeroPointOrNone(quantization: QuantizationParams | null): number {
  return quantization?.zeroPoint[0] ?? 0;
}
