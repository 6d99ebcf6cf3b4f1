import { elementCount, formatShape } from '@kiln/ir';
import type { Kernel } from '../../kernel.js';
import { windowGeometry } from '../../window.js';
import { windowData } from '../../window-data.js';

/**
 * Any dtype. May run in place: outputs are written in order, and no output lies behind the first element of a window that
 * is still to be read.
 */
export const maxPool2dPortable: Kernel<'maxPool2d'> = {
  name: 'max-pool2d',
  isa: 'portable',
  template: 'operators/max-pool2d/kernels/portable.c.hbs',
  accepts: ({ inputs }) => inputs[0]!.dtype === 'int8' || inputs[0]!.dtype === 'float32',
  cost: ({ node, outputs }) => ({
    instructions: 6 * elementCount(outputs[0]!.shape) * node.attributes.window[0] * node.attributes.window[1],
    constantBytes: 0,
  }),
  lower: ({ node, inputs, outputs }) => {
    const geometry = windowGeometry(inputs[0]!.shape, node.attributes.window, node.attributes);
    return {
      data: {
        ...windowData(geometry, inputs[0]!.shape[3]!),
        formula: `y[${formatShape(outputs[0]!.shape)}] = max of each ${node.attributes.window.join('x')} window`,
        type: inputs[0]!.dtype === 'int8' ? 'int8_t' : 'float',
      },
      tables: [],
      scratch: [],
      supports: [],
    };
  },
};
