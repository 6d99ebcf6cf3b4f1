import type { NumberData, OpName } from '@kiln/ir';
import {
  expOnNegativeValues,
  type SoftmaxScaling,
  softmaxScalingOf,
  SUM_INTEGER_BITS,
} from '../../arithmetic/fixed-point-softmax.js';
import { doublingHighMultiply, roundingDivideByPowerOfTwo } from '../../arithmetic/requantization.js';
import { cInt } from '../../emit/c-literal.js';
import type { Site } from '../site.js';
import { scaleOf } from '../weighted.js';
import { depthOf, type Sweep } from './row-operator.js';

/** More exponentials of 0 than this and their sum in Q12.19 leaves an int32. */
const GREATEST_DEPTH = 4095;

/** What softmax and its logarithm of int8 have in common: the row's greatest, exponentials of differences to it, their sum. */
export interface Exponentials {
  readonly greatest: (x: NumberData, row: number) => number;
  /** The difference in Q5.26; null where its exponential counts for nothing. */
  readonly scaled: (difference: number) => number | null;
  /** The sum of the row's exponentials in Q12.19. */
  readonly sum: (x: NumberData, row: number, greatest: number) => number;
  readonly sweeps: readonly Sweep[];
  /** The condition and the scaled difference as C, of a variable `difference`. */
  readonly counts: string;
  readonly scaledText: string;
  readonly scaling: SoftmaxScaling;
}

/** Unless the sum of a row's exponentials stays an int32. */
export function depthProblems(site: Site<OpName>): string[] {
  const depth = depthOf(site);
  return depth > GREATEST_DEPTH ? [`found rows of ${depth}, expected at most ${GREATEST_DEPTH}`] : [];
}

/** Source: TensorFlow Lite Micro, reference/softmax.h, log_softmax.h. */
export function exponentialsOf(site: Site<OpName>, beta: number): Exponentials {
  const depth = depthOf(site);
  const scaling = softmaxScalingOf(scaleOf(site.inputs[0]!), beta, `node '${site.node.name}'`);
  const { multiplier, leftShift, leastDifference } = scaling;
  const scaled = (difference: number): number | null =>
    difference < leastDifference ? null : doublingHighMultiply(difference * 2 ** leftShift, multiplier);
  const greatest = (x: NumberData, row: number): number => {
    let most = -128;
    for (let i = 0; i < depth; i++) most = Math.max(most, x[row + i]!);
    return most;
  };
  const sum = (x: NumberData, row: number, most: number): number => {
    let total = 0;
    for (let i = 0; i < depth; i++) {
      const difference = scaled(x[row + i]! - most);
      if (difference === null) continue;
      total += roundingDivideByPowerOfTwo(expOnNegativeValues(difference), SUM_INTEGER_BITS);
    }
    return total;
  };
  const counts = `difference >= ${cInt(Math.max(leastDifference, -256))}`;
  const scaledText = `fixed_multiply(difference * ${cInt(2 ** leftShift)}, ${cInt(multiplier)})`;
  return { greatest, scaled, sum, counts, scaledText, scaling, sweeps: sweepsOf(counts, scaledText) };
}

function sweepsOf(counts: string, scaledText: string): Sweep[] {
  return [
    {
      before: ['int32_t greatest = -128;'],
      body: ['greatest = x[row + i] > greatest ? x[row + i] : greatest;'],
    },
    {
      before: ['int32_t sum = 0;'],
      body: [
        'const int32_t difference = x[row + i] - greatest;',
        `if (${counts}) {`,
        `    sum += fixed_divide(fixed_exp(${scaledText}), ${cInt(SUM_INTEGER_BITS)});`,
        '}',
      ],
    },
  ];
}
