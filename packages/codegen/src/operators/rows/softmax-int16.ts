import type { NumberData } from '@kiln/ir';
import { INT16_EXPONENTIALS, INT16_RECIPROCALS } from '../../arithmetic/softmax-tables.js';
import { interpolate } from '../../arithmetic/lookup-table.js';
import { type Requantization, requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt } from '../../emit/c-literal.js';
import type { Site } from '../site.js';
import { scaleOf } from '../weighted.js';
import { depthOf, type RowFormula } from './row-operator.js';

/** More exponentials of at most 32767 than this and their sum leaves an int32. */
const GREATEST_DEPTH = 65536;

/** Differences of at most 65535 times less than this stay an int32. */
const MOST_MULTIPLIER = 2 ** 15;

/** Unless the row's sum and the scaled differences are int32. */
export function int16DepthProblems(site: Site<'softmax'>): string[] {
  const depth = depthOf(site);
  const ratio = differenceRatio(site);
  return [
    ...(depth > GREATEST_DEPTH ? [`found rows of ${depth}, expected at most ${GREATEST_DEPTH}`] : []),
    ...(ratio < MOST_MULTIPLIER
      ? []
      : [`found differences of ${ratio} table entries, expected below ${MOST_MULTIPLIER}`]),
  ];
}

/** A difference of one unit in steps of the table of exponentials, 65535 of which are 10. */
function differenceRatio({ node, inputs }: Site<'softmax'>): number {
  return (scaleOf(inputs[0]!) * Math.fround(node.attributes.beta)) / (10 / 65535);
}

/**
 * Exponentials and the reciprocal of their sum from tables of 513 samples.
 *
 * Source: TensorFlow Lite Micro, `SoftmaxInt16`, `SoftMaxCalculateExp`.
 */
export function softmaxOfInt16(site: Site<'softmax'>): RowFormula {
  const depth = depthOf(site);
  const scale = requantizationOf(differenceRatio(site), `node '${site.node.name}'`);
  return {
    evaluate: (x, y, row) => evaluateRow(x, y, row, depth, scale),
    sweeps: [
      { before: ['int32_t greatest = -32768;'], body: ['greatest = x[row + i] > greatest ? x[row + i] : greatest;'] },
      {
        before: ['int32_t sum = 0;'],
        body: [
          `const int32_t scaled = requantize(x[row + i] - greatest, ${cInt(scale.multiplier)}, ${cInt(scale.shift)});`,
          'y[row + i] = exp_int16(clamp(scaled + 32767, -32768, 32767));',
          'sum += y[row + i];',
        ],
      },
      {
        before: [
          'int32_t headroom = 0;',
          'while (((uint32_t)sum << headroom) < 0x40000000u) {',
          '    headroom++;',
          '}',
          'const int32_t mantissa = (int32_t)((((int64_t)sum << headroom) + 0x2000) >> 14);',
          'const int32_t reciprocal = reciprocal_int16(clamp(mantissa - 0x18000, -32768, 32767));',
        ],
        body: [
          'const int32_t product = y[row + i] * reciprocal;',
          'y[row + i] = (int16_t)clamp((product + ((int32_t)1 << (29 - headroom))) >> (30 - headroom), 0, 32767);',
        ],
      },
    ],
    supports: ['clamp', 'requantize', 'softmaxInt16'],
  };
}

function evaluateRow(x: NumberData, y: NumberData, row: number, depth: number, scale: Requantization): void {
  let greatest = -32768;
  for (let i = 0; i < depth; i++) greatest = Math.max(greatest, x[row + i]!);
  let sum = 0;
  for (let i = 0; i < depth; i++) {
    const scaled = requantize(x[row + i]! - greatest, scale);
    y[row + i] = interpolate(INT16_EXPONENTIALS, saturated16(scaled + 32767));
    sum += y[row + i]!;
  }
  const headroom = Math.clz32(sum) - 1;
  const mantissa = Math.floor((sum * 2 ** headroom + 2 ** 13) / 2 ** 14);
  const reciprocal = interpolate(INT16_RECIPROCALS, saturated16(mantissa - 3 * 2 ** 15));
  for (let i = 0; i < depth; i++) {
    const product = y[row + i]! * reciprocal + 2 ** (29 - headroom);
    y[row + i] = Math.max(0, Math.min(32767, Math.floor(product / 2 ** (30 - headroom))));
  }
}

function saturated16(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}
