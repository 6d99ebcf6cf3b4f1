import type { Activation, QuantizationParams } from '@kiln/ir';
import { cInt, cPlus } from '../emit/c-literal.js';

/** The int8 values between which a fused activation lets an output through. Source: `CalculateActivationRangeQuantized`. */
export function int8ActivationRange(
  activation: Activation,
  output: QuantizationParams | null,
): { low: number; high: number } {
  const zeroPoint = output?.zeroPoint[0] ?? 0;
  return { low: activation === 'relu' ? Math.max(-128, zeroPoint) : -128, high: 127 };
}

/** The fused activation as a formula around `inner`. */
export function activationFormula(activation: Activation, inner: string): string {
  return activation === 'relu' ? `relu(${inner})` : inner;
}

/** The same range around zero instead of the zero point: clamped before the zero point is added, nothing can overflow. */
export function clampData(activation: Activation, output: QuantizationParams | null) {
  const { low, high } = int8ActivationRange(activation, output);
  const zeroPoint = output?.zeroPoint[0] ?? 0;
  return { plusZeroPoint: cPlus(zeroPoint), low: cInt(low - zeroPoint), high: cInt(high - zeroPoint) };
}
