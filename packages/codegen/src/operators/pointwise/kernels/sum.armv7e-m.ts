import { elementCount } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { DSP_PART } from '../../../isa/armv7e-m/parts.js';
import { integerActivationRange } from '../../activation.js';
import type { Kernel } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { linearSumOf, type SumName } from '../quantized-sum.js';

const NAMES = { inputs: ['x0', 'x1'], outputs: ['y'] };

/** Elements of one turn of the loop. */
const TURN = 8;

/**
 * Two tensors of one shape and of int8, four elements of a word at a time: bytes times 256 in halves of words, which SMLAWB
 * and SMLAWT multiply by a factor of 32 bits and add to the sum; SSAT shifts and clamps.
 */
export function sumArmv7em<K extends SumName>(op: K): Kernel<K> {
  return {
    name: `${op}-armv7e-m`,
    isa: 'armv7e-m',
    template: 'operators/pointwise/kernels/sum.armv7e-m.c.hbs',
    accepts: (site) => {
      const { inputs, outputs } = site;
      const shape = outputs[0]!.shape.join();
      return (
        outputs[0]!.dtype === 'int8' &&
        inputs.every((x) => x.data === null && x.shape.join() === shape) &&
        linearSumOf(site as Site<SumName>, 'multiply-high') !== null
      );
    },
    cost: ({ outputs }) => ({ instructions: 20 + 6 * elementCount(outputs[0]!.shape), constantBytes: 0 }),
    lower: (site) => {
      const { a, b, offset, shift } = linearSumOf(site as Site<SumName>, 'multiply-high')!;
      const { low, high } = integerActivationRange(site.node.attributes.activation, site.outputs[0]!);
      const elements = elementCount(site.outputs[0]!.shape);
      const turns = Math.floor(elements / TURN);
      return {
        data: {
          parameters: parameterText(site, { tables: [] }, NAMES, true),
          sign: op === 'add' ? '+' : '-',
          elements: cInt(elements),
          hasTurns: turns > 0,
          turns: cInt(turns),
          done: cInt(turns * TURN),
          leftFactor: cInt(a),
          rightFactor: cInt(b),
          offset: cInt(offset),
          shift: cInt(shift),
          low: cInt(low),
          high: cInt(high),
          raises: low > -128,
          lowers: high < 127,
          words: ['', ''],
          bytes: ['b low', 'b high', 't low', 't high'].map((text) => ({
            half: text[0]!,
            left: text.endsWith('low') ? '%[c]' : '%[a]',
            right: text.endsWith('low') ? '%[d]' : '%[b]',
          })),
        },
        tables: [],
        scratch: [],
        supports: ['clamp'],
        parts: [DSP_PART],
      };
    },
  };
}
