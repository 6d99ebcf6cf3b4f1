import { perTensor, type QuantizationParams } from '@kiln/ir';
import { logisticOfBytes, tanhOfBytes } from '../../arithmetic/fixed-point-sigmoid.js';
import { floatLogistic } from '../../arithmetic/float-logistic.js';
import { floatTanh } from '../../arithmetic/float-tanh.js';
import {
  logisticOfInt16,
  MOST_SIGMOID_SCALE,
  type SigmoidScaling,
  sigmoidScaling,
  tanhOfInt16,
} from '../../arithmetic/sigmoid-table.js';
import { cInt } from '../../emit/c-literal.js';
import type { Operator } from '../operator.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { tabulatedResults } from './tabulated-results.js';
import { elementProblems, fixedResultProblems } from '../element-problems.js';

type SigmoidName = 'logistic' | 'tanh';

/** What the two have in common is all but their arithmetic. */
interface Sigmoid {
  readonly summary: string;
  readonly result: Readonly<Record<'int8' | 'int16', QuantizationParams>>;
  readonly ofFloat: (x: number) => number;
  readonly ofBytes: (scale: number, where: string) => (centred: number) => number;
  readonly ofInt16: (x: number, scaling: SigmoidScaling) => number;
  /** Up to which power of two of 2^-12 a scale of an int16 is taken without rounding. */
  readonly mostPower: 0 | 1;
}

function sigmoidOperator<K extends SigmoidName>(op: K, sigmoid: Sigmoid): Operator<K> {
  const { summary, result, ofFloat, ofBytes } = sigmoid;
  return pointwiseOperator<K>({
    op,
    summary,
    dtypes: ['float32', 'int8', 'int16'],
    exactness: 'exp in specified float operations',
    quantizer: result.int8,
    instructions: 80,
    problems: (site) => {
      const problems = elementProblems(site);
      const { dtype } = site.outputs[0]!;
      if (problems.length > 0 || (dtype !== 'int8' && dtype !== 'int16')) return problems;
      return [...fixedResultProblems(site, result[dtype]), ...scaleLimitProblems(site)];
    },
    formula: ({ node, inputs: [x] }) => {
      switch (x!.dtype) {
        case 'float32':
          return { evaluate: ofFloat, result: `float_${op}(value)`, supports: [FLOAT_SUPPORT[op]] };
        case 'int16':
          return int16Formula(op, sigmoid, scaleOf(x!));
        default: {
          const resultOf = ofBytes(scaleOf(x!), `node '${node.name}'`);
          return tabulatedResults((value) => resultOf(value - zeroPointOf(x!)));
        }
      }
    },
  });
}

const FLOAT_SUPPORT = { logistic: 'floatLogistic', tanh: 'floatTanh' } as const;
const INT16_SUPPORT = { logistic: 'logisticInt16', tanh: 'tanhInt16' } as const;

export const logistic = sigmoidOperator('logistic', {
  summary: 'y = 1 / (1 + exp(-x))',
  result: { int8: perTensor(1 / 256, -128), int16: perTensor(1 / 32768, 0) },
  ofFloat: floatLogistic,
  ofBytes: logisticOfBytes,
  ofInt16: logisticOfInt16,
  mostPower: 0,
});

export const tanh = sigmoidOperator('tanh', {
  summary: 'y = tanh(x)',
  result: { int8: perTensor(1 / 128, 0), int16: perTensor(1 / 32768, 0) },
  ofFloat: floatTanh,
  ofBytes: tanhOfBytes,
  ofInt16: tanhOfInt16,
  mostPower: 1,
});

/** The products of an int16 input and its multiplier are int32. */
function scaleLimitProblems({ inputs: [x] }: Site<SigmoidName>): string[] {
  if (x!.dtype !== 'int16' || scaleOf(x!) <= MOST_SIGMOID_SCALE) return [];
  return [`found an input of scale ${scaleOf(x!)}, expected at most ${MOST_SIGMOID_SCALE}`];
}

function int16Formula(op: SigmoidName, { ofInt16, mostPower }: Sigmoid, scale: number): Formula {
  const scaling = sigmoidScaling(scale, mostPower);
  return {
    evaluate: (value) => ofInt16(value, scaling),
    result: `${op}_int16(value, ${cInt(scaling.multiplier)}, ${cInt(scaling.shift)})`,
    supports: [INT16_SUPPORT[op]],
  };
}
