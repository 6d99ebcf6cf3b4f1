import { CompileError, type Padding, type TensorId } from '@kiln/ir';
import type { LayerContext } from '../layer-context.js';

/** Positions of a window along one dimension. Errors: CompileError if there is none. */
export function windowSize(size: number, window: number, stride: number, padding: Padding, layer: string): number {
  const positions = padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  if (positions > 0) return positions;
  const message = `has a window of ${window} on a size of ${size}, expected one that fits`;
  throw new CompileError('E-KERAS-WINDOW', `layer '${layer}'`, message, 'Check the sizes of the layers before it');
}

/** Runs a layer that has its channels first (Theano's order, Keras 1's `th`) on transposed data. */
export function channelsLast(
  format: 'channels_last' | 'channels_first',
  context: LayerContext,
  x: TensorId,
  convert: (x: TensorId) => TensorId,
): TensorId {
  if (format === 'channels_last') return convert(x);
  const toLast = [0, 2, 3, 1];
  const toFirst = [0, 3, 1, 2];
  return transpose(context, convert(transpose(context, x, toLast, '/channels_last')), toFirst, '/channels_first');
}

export function transpose(
  context: LayerContext,
  x: TensorId,
  permutation: readonly number[],
  suffix?: string,
): TensorId {
  const shape = context.shapeOf(x);
  const moved = permutation.map((axis) => shape[axis]!);
  return context.node('transpose', { permutation }, [x], moved, suffix);
}
