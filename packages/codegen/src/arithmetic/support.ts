import type { TensorData } from '@kiln/ir';
import { cFloat, cInt, cInt64, cValues } from '../emit/c-literal.js';
import type { TemplateData } from '../emit/render.js';
import { FIXED_LOG } from './fixed-point-log.js';
import { EXP_OF_POWERS } from './fixed-point-softmax.js';
import { FLOAT_EXP } from './float-exp.js';
import { FLOAT_EXPM1 } from './float-expm1.js';
import { FLOAT_LOG } from './float-log.js';
import { FLOAT_POWER } from './float-power.js';
import { FLOAT_SINE } from './float-sine.js';
import { FLOAT_NORMAL } from './float-normal.js';
import { FLOAT_TANH } from './float-tanh.js';
import { RECIPROCALS } from './quantized-divide.js';
import { SIGMOID_TABLE } from './sigmoid-table.js';
import { INT16_EXPONENTIALS, INT16_RECIPROCALS } from './softmax-tables.js';

/** A piece of arithmetic that kernels share: its C stands beside its TypeScript. */
export interface Support {
  readonly template: string;
  readonly data: TemplateData;
  /** Whether it is float arithmetic, which needs the guards against fused multiply-add. */
  readonly float: boolean;
  /** Pieces that it calls, by their names in `SUPPORTS`. */
  readonly needs?: readonly string[];
}

/** Words as hexadecimal digits, the one line of a table within a function. */
function unsignedRow(words: readonly number[]): string {
  return `        ${words.map((word) => `0x${word.toString(16)}u`).join(', ')}`;
}

/** The values of a table within a function. */
const indented = (values: TensorData): string => cValues(values).replaceAll(/^ {4}/gm, '        ');

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
  fixedMultiply: { template: 'arithmetic/fixed-multiply.c.hbs', data: {}, float: false },
  fixedDivide: { template: 'arithmetic/fixed-divide.c.hbs', data: {}, float: false },
  fixedShiftLeft: { template: 'arithmetic/fixed-shift-left.c.hbs', data: {}, float: false },
  fixedPointSoftmax: {
    template: 'arithmetic/fixed-point-softmax.c.hbs',
    data: { expOfPowers: EXP_OF_POWERS.map(cInt).join(', ') },
    float: false,
    needs: ['fixedMultiply', 'fixedDivide', 'fixedShiftLeft'],
  },
  inverseSquareRoot: {
    template: 'arithmetic/inverse-square-root.c.hbs',
    data: {},
    float: false,
    needs: ['fixedMultiply', 'fixedShiftLeft'],
  },
  integerPower: { template: 'arithmetic/integer-power.c.hbs', data: {}, float: false },
  fixedPointLog: {
    template: 'arithmetic/fixed-point-log.c.hbs',
    data: Object.fromEntries(Object.entries(FIXED_LOG).map(([name, value]) => [name, cInt(value)])),
    float: false,
    needs: ['fixedPointSoftmax'],
  },
  softmaxInt16: {
    template: 'arithmetic/softmax-tables.c.hbs',
    data: { exponentials: indented(INT16_EXPONENTIALS), reciprocals: indented(INT16_RECIPROCALS) },
    float: false,
  },
  floatBits: { template: 'arithmetic/float-bits.c.hbs', data: {}, float: true },
  floatOfBits: { template: 'arithmetic/float-of-bits.c.hbs', data: {}, float: true },
  powerOfTwo: { template: 'arithmetic/power-of-two.c.hbs', data: {}, float: true, needs: ['floatOfBits'] },
  floatExp: {
    template: 'arithmetic/float-exp.c.hbs',
    data: {
      lowest: cFloat(FLOAT_EXP.lowest),
      highest: cFloat(FLOAT_EXP.highest),
      log2e: cFloat(FLOAT_EXP.log2e),
      ln2High: cFloat(FLOAT_EXP.ln2High),
      ln2Low: cFloat(FLOAT_EXP.ln2Low),
      polynomial: FLOAT_EXP.polynomial.map(cFloat).join(', '),
      greatest: cFloat(FLOAT_EXP.greatest),
    },
    float: true,
    needs: ['powerOfTwo'],
  },
  floatLog: {
    template: 'arithmetic/float-log.c.hbs',
    data: {
      leastNormal: cFloat(FLOAT_LOG.leastNormal),
      greatest: cFloat(FLOAT_LOG.greatest),
      rootBits: cInt(FLOAT_LOG.rootBits),
      ln2High: cFloat(FLOAT_LOG.ln2High),
      ln2Low: cFloat(FLOAT_LOG.ln2Low),
      polynomial: cValues(Float32Array.from(FLOAT_LOG.polynomial)).replaceAll(/^ {4}/gm, '        '),
    },
    float: true,
    needs: ['floatBits', 'floatOfBits'],
  },
  floatSqrt: {
    template: 'arithmetic/float-sqrt.c.hbs',
    data: { leastNormal: cFloat(FLOAT_LOG.leastNormal), greatest: cFloat(FLOAT_LOG.greatest) },
    float: true,
    needs: ['floatBits', 'floatOfBits'],
  },
  floatSine: {
    template: 'arithmetic/float-sine.c.hbs',
    data: {
      greatest: cFloat(FLOAT_SINE.greatest),
      eighthTurn: cFloat(FLOAT_SINE.eighthTurn),
      twoOverPi: unsignedRow(FLOAT_SINE.twoOverPi),
      quarterTurn: `0x${FLOAT_SINE.quarterTurn.toString(16)}`,
      unit: cFloat(2 ** -61),
      sine: FLOAT_SINE.sine.map(cFloat).join(', '),
      cosine: FLOAT_SINE.cosine.map(cFloat).join(', '),
    },
    float: true,
    needs: ['floatBits'],
  },
  floatFloor: {
    template: 'arithmetic/float-floor.c.hbs',
    data: { whole: cFloat(2 ** 23) },
    float: true,
  },
  floatRound: { template: 'arithmetic/float-round.c.hbs', data: {}, float: true, needs: ['floatFloor'] },
  floatPower: {
    template: 'arithmetic/float-power.c.hbs',
    data: {
      leastNormal: cFloat(FLOAT_LOG.leastNormal),
      greatest: cFloat(FLOAT_LOG.greatest),
      rootBits: cInt(FLOAT_LOG.rootBits),
      reciprocals: unsignedRow(FLOAT_POWER.reciprocals),
      twoOverLn2: `UINT64_C(${FLOAT_POWER.twoOverLn2})`,
      beyond: cInt64(FLOAT_POWER.beyond),
      ln2: cInt64(FLOAT_POWER.ln2),
      factorials: unsignedRow(FLOAT_POWER.factorials),
      unit: cFloat(2 ** -31),
    },
    float: true,
    needs: ['floatBits', 'powerOfTwo', 'floatFloor'],
  },
  floatLogistic: { template: 'arithmetic/float-logistic.c.hbs', data: {}, float: true, needs: ['floatExp'] },
  floatTanh: {
    template: 'arithmetic/float-tanh.c.hbs',
    data: { small: cFloat(FLOAT_TANH.small), polynomial: FLOAT_TANH.polynomial.map(cFloat).join(', ') },
    float: true,
    needs: ['floatExp'],
  },
  floatExpm1: {
    template: 'arithmetic/float-expm1.c.hbs',
    data: { small: cFloat(FLOAT_EXPM1.small), polynomial: FLOAT_EXPM1.polynomial.map(cFloat).join(', ') },
    float: true,
    needs: ['floatExp'],
  },
  floatNormal: {
    template: 'arithmetic/float-normal.c.hbs',
    data: {
      centre: cFloat(FLOAT_NORMAL.centre),
      splitter: cFloat(FLOAT_NORMAL.splitter),
      farthest: cFloat(FLOAT_NORMAL.farthest),
      polynomial: indented(Float32Array.from(FLOAT_NORMAL.polynomial)),
    },
    float: true,
    needs: ['floatExp'],
  },
  sigmoidTable: {
    template: 'arithmetic/sigmoid-table.c.hbs',
    data: { table: indented(Int32Array.from(SIGMOID_TABLE)) },
    float: false,
  },
  logisticInt16: { template: 'arithmetic/logistic-int16.c.hbs', data: {}, float: false, needs: ['sigmoidTable'] },
  tanhInt16: { template: 'arithmetic/tanh-int16.c.hbs', data: {}, float: false, needs: ['sigmoidTable'] },
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

/** The pieces that kernels name and all that those call, in the order in which C needs them. */
export function supportsOf(named: readonly SupportName[]): readonly Support[] {
  const needed = new Set<string>();
  const add = (name: string): void => {
    needed.add(name);
    const { needs = [] }: Support = SUPPORTS[name as SupportName];
    needs.forEach(add);
  };
  named.forEach(add);
  return Object.entries(SUPPORTS).flatMap(([name, support]) => (needed.has(name) ? [support] : []));
}
