import { UnsupportedError } from '@kiln/ir';
import {
  expOnNegativeValues,
  reciprocal,
  softmaxScalingOf,
  SUM_INTEGER_BITS,
} from '../../arithmetic/fixed-point-softmax.js';
import { floatExp } from '../../arithmetic/float-exp.js';
import {
  doublingHighMultiply,
  roundingDivideByPowerOfTwo,
  saturatingDoublingHighMultiply,
} from '../../arithmetic/requantization.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { scaleOf } from '../weighted.js';

/** More exponentials of 0 than this and the sum in Q12.19 no longer scales back. */
const GREATEST_DEPTH = 512;

/** Chooses by dtype. The last dimension is the one that sums to one. */
export function reference(site: Site<'softmax'>): Evaluate {
  return site.inputs[0]!.dtype === 'float32' ? float32(site) : int8(site);
}

/** TensorFlow Lite Micro's int8 softmax, step by step. Source: kernels/internal/reference/softmax.h. */
function int8({ node, inputs }: Site<'softmax'>): Evaluate {
  const depth = inputs[0]!.shape.at(-1)!;
  if (depth > GREATEST_DEPTH) {
    const message = `has ${depth} classes, the sum of exponentials has room for ${GREATEST_DEPTH}`;
    throw new UnsupportedError('E-SOFTMAX-DEPTH', `node '${node.name}'`, message, 'Compile with --quantize float32');
  }
  const { multiplier, leftShift, leastDifference } = softmaxScalingOf(scaleOf(inputs[0]!), node.attributes.beta, `node '${node.name}'`);
  const exps = new Float64Array(depth);
  return ([input], [output]) => {
    for (let row = 0; row < input!.length; row += depth) {
      let greatest = -128;
      for (let i = 0; i < depth; i++) greatest = Math.max(greatest, input![row + i]!);
      let sum = 0;
      for (let i = 0; i < depth; i++) {
        const difference = input![row + i]! - greatest;
        const counts = difference >= leastDifference;
        exps[i] = counts ? expOnNegativeValues(doublingHighMultiply(difference * 2 ** leftShift, multiplier)) : -1;
        if (counts) sum += roundingDivideByPowerOfTwo(exps[i]!, SUM_INTEGER_BITS);
      }
      const { scale, bitsOverUnit } = reciprocal(sum);
      for (let i = 0; i < depth; i++) {
        const probability =
          exps[i]! < 0
            ? 0
            : roundingDivideByPowerOfTwo(saturatingDoublingHighMultiply(scale, exps[i]!), bitsOverUnit + 23);
        output![row + i] = Math.max(-128, Math.min(127, probability - 128));
      }
    }
  };
}

/** e[i] = exp(x[i] - max x); sum in order; y[i] = e[i] / sum, each operation rounded to float32. */
function float32({ inputs }: Site<'softmax'>): Evaluate {
  const { fround } = Math;
  const depth = inputs[0]!.shape.at(-1)!;
  return ([input], [output]) => {
    for (let row = 0; row < input!.length; row += depth) {
      let greatest = input![row]!;
      for (let i = 1; i < depth; i++) if (input![row + i]! > greatest) greatest = input![row + i]!;
      let sum = 0;
      for (let i = 0; i < depth; i++) {
        const exp = floatExp(fround(input![row + i]! - greatest));
        output![row + i] = exp;
        sum = fround(sum + exp);
      }
      for (let i = 0; i < depth; i++) output![row + i] = fround(output![row + i]! / sum);
    }
  };
}
