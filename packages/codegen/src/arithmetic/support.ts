import { cFloat, cInt, cValues } from '../emit/c-literal.js';
import type { TemplateData } from '../emit/render.js';
import { EXP_OF_POWERS } from './fixed-point-softmax.js';
import { FLOAT_EXP } from './float-exp.js';
import { RECIPROCALS } from './quantized-divide.js';

/** A piece of arithmetic that kernels share: its C stands beside its TypeScript. */
export interface Support {
  readonly template: string;
  readonly data: TemplateData;
  /** Whether it is float arithmetic, which needs the guards against fused multiply-add. */
  readonly float: boolean;
}

/** All of them, in the order in which C needs them. */
export const SUPPORTS = {
  clamp: { template: 'arithmetic/clamp.c.hbs', data: {}, float: false },
  requantize: { template: 'arithmetic/requantize.c.hbs', data: {}, float: false },
  requantizeWide: { template: 'arithmetic/requantize-wide.c.hbs', data: {}, float: false },
  quantizedDivide: {
    template: 'arithmetic/quantized-divide.c.hbs',
    data: { reciprocals: cValues(Int32Array.from(RECIPROCALS)).replaceAll(/^ {4}/gm, '        ') },
    float: false,
  },
  fixedPointSoftmax: {
    template: 'arithmetic/fixed-point-softmax.c.hbs',
    data: { expOfPowers: EXP_OF_POWERS.map(cInt).join(', ') },
    float: false,
  },
  floatExp: {
    template: 'arithmetic/float-exp.c.hbs',
    data: {
      lowest: cFloat(FLOAT_EXP.lowest),
      log2e: cFloat(FLOAT_EXP.log2e),
      ln2High: cFloat(FLOAT_EXP.ln2High),
      ln2Low: cFloat(FLOAT_EXP.ln2Low),
      polynomial: FLOAT_EXP.polynomial.map(cFloat).join(', '),
      powers: Array.from({ length: 7 }, (_, bit) => cFloat(2 ** -(2 ** bit))).join(', '),
    },
    float: true,
  },
  floatRemainder: {
    template: 'arithmetic/float-remainder.c.hbs',
    data: { greatest: cFloat(2 ** 128 - 2 ** 104) },
    float: true,
  },
  floatFloorDivide: {
    template: 'arithmetic/float-floor-divide.c.hbs',
    data: { exact: cFloat(2 ** 22) },
    float: true,
  },
} as const satisfies Record<string, Support>;

export type SupportName = keyof typeof SUPPORTS;

/** Names that the generated C uses beside those of nodes, so that no node may take them. */
export const SUPPORT_SYMBOLS: readonly string[] = [
  'clamp',
  'requantize',
  'requantize_wide',
  'fixed_multiply',
  'fixed_divide',
  'fixed_shift_left',
  'fixed_exp',
  'fixed_one_over_one_plus',
  'float_exp',
  'float_remainder',
  'float_floor_divide',
  'quantized_divide',
  'infer',
  'infer_quantized',
  'infer_standardized',
  'infer_class',
  'static_arena',
  'arena',
  'quantized',
  'standardized',
  'selftest_state',
  'selftest_observe',
  'selftest_checksums',
  'selftest_layers',
];
