import type { Requantization } from '../../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../../emit/c-literal.js';
import { C_TYPE } from '../../../emit/c-types.js';
import { clampData } from '../../activation.js';
import { type Kernel, reads } from '../../kernel.js';
import { zeroPointOf } from '../../weighted.js';
import { svdfScales } from '../svdf-reference.js';
import { svdfCost, svdfText } from './svdf-float32.portable.js';

/** A sum as a value of the tensor, without an activation: TensorFlow Lite Micro fuses none here. */
function rounded({ multiplier, shift }: Requantization, tensor: Parameters<typeof clampData>[1]): string {
  const { low, high, plusZeroPoint } = clampData('none', tensor);
  const scaled = `requantize(sum, ${cInt(multiplier)}, ${cInt(shift)})`;
  return `(${C_TYPE[tensor.dtype]})(clamp(${scaled}, ${low}, ${high})${plusZeroPoint})`;
}

export const svdfInteger: Kernel<'svdf'> = {
  name: 'svdf-integer',
  isa: 'portable',
  template: 'operators/memory/kernels/svdf-integer.portable.c.hbs',
  accepts: reads('int8'),
  cost: svdfCost,
  lower: (site) => {
    const { tables, text } = svdfText(site);
    const [x, state, y] = [site.inputs[0]!, site.inputs[4]!, site.outputs[0]!];
    const { first, second } = svdfScales(site);
    return {
      data: {
        ...text,
        offset: cPlus(-zeroPointOf(x)),
        stateOffset: cPlus(-zeroPointOf(state)),
        toState: rounded(first, state),
        toOutput: rounded(second, y),
      },
      tables,
      scratch: [],
      supports: ['clamp', 'requantize'],
    };
  },
};
