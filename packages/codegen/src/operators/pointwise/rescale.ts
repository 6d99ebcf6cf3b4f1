import { type Requantization, requantize } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';

/** An integer operand brought to another scale: (value - zeroPoint) * 2^leftShift * multiplier, in TypeScript and as C. */
export function rescale(scale: Requantization, zeroPoint: number, leftShift: number) {
  const factor = 2 ** leftShift;
  return {
    evaluate: (value: number): number => requantize((value - zeroPoint) * factor, scale),
    text: (name: string): string => {
      const centred = zeroPoint === 0 ? name : `(${name}${cPlus(-zeroPoint)})`;
      const shifted = leftShift === 0 ? centred.replace(/^\((.*)\)$/, '$1') : `${centred} * ${cInt(factor)}`;
      return `requantize(${shifted}, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`;
    },
  };
}
