import type { HeightWidth, Padding } from '@kiln/ir';
import type { NodeContext } from './node-context.js';
import { transposed } from './operators/movement.js';
import type { Tensorial } from './value.js';

const isChannelsFirst = (context: NodeContext): boolean => {
  const format = context.text('data_format', 'NHWC');
  if (format === 'NHWC' || format === 'NCHW') return format === 'NCHW';
  throw context.unsupported('E-GRAPHDEF-FORMAT', `has the format ${format}, expected NHWC or NCHW`);
};

/** Height and width of strides, windows and the like, which TensorFlow keeps for all four dimensions. */
export function planeOf(context: NodeContext, key: string, missing: HeightWidth | null): HeightWidth {
  const list = context.list(
    key,
    missing === null ? [] : isChannelsFirst(context) ? [1, 1, ...missing] : [1, ...missing, 1],
  );
  const sizes = context.positive(key, list, 4);
  const [batch, height, width, channel] = isChannelsFirst(context)
    ? [sizes[0]!, sizes[2]!, sizes[3]!, sizes[1]!]
    : (sizes as [number, number, number, number]);
  if (batch === 1 && channel === 1) return [height, width];
  throw context.unsupported(
    'E-GRAPHDEF-PLANE',
    `has the ${key} [${sizes.join(', ')}], expected 1 for batch and channels`,
  );
}

export function paddingOf(context: NodeContext): Padding {
  const padding = context.text('padding', '');
  if (padding === 'SAME' || padding === 'VALID') return padding === 'SAME' ? 'same' : 'valid';
  throw context.unsupported('E-GRAPHDEF-PADDING', `has the padding ${padding}, expected SAME or VALID`);
}

/** Does what is to be done with the channels last; where the node has them first, in transposed data. */
export function inChannelsLast(context: NodeContext, x: Tensorial, make: (x: Tensorial) => Tensorial): Tensorial {
  if (!isChannelsFirst(context) || x.shape.length !== 4) return make(x);
  const last = transposed(context, x, [0, 2, 3, 1], '/channels_last');
  return transposed(context, make(last), [0, 3, 1, 2], '/channels_first');
}
