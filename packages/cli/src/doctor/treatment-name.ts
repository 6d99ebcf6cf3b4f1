import type { QuantizationPlan } from '@kiln/codegen';
import type { Treatment } from './clinic.js';

/** What a treatment consists of, in words. */
export function nameOf({ precision, plan, retrained }: Pick<Treatment, 'precision' | 'plan' | 'retrained'>): string {
  if (plan === null) return precision;
  const parts = [...(retrained === null ? [] : [`retrained, ${retrained.epochs} epochs`]), ...partsOf(plan)];
  return parts.length === 0 ? 'int8' : parts.join(' + ');
}

function partsOf({ ranges, equalize, correctBiases, wide }: QuantizationPlan): string[] {
  return [
    ...(equalize ? ['equalized channels'] : []),
    ...(correctBiases ? ['corrected biases'] : []),
    ...(ranges === null ? [] : [`ranges by ${ranges}`]),
    ...(wide.length === 0 ? [] : [`16 bits in ${wide.join(', ')}`]),
  ];
}
