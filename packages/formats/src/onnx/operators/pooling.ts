import { type HeightWidth, type Shape } from '@kiln/ir';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReader, NodeReaders } from '../node-context.js';
import { flattened, padded, paddedShape, type Window, windowOf } from '../window.js';
import { arithmeticNode } from './elementwise.js';

function kernelOf(context: NodeContext): HeightWidth {
  const shape = context.ints('kernel_shape') ?? [];
  return shape.length === 1 ? [1, shape[0]!] : [shape[0] ?? 0, shape[1] ?? 0];
}

function pool(context: NodeContext, op: 'maxPool2d' | 'averagePool2d', x: Value, shape: Shape, window: Window): Value {
  const { strides, padding } = window;
  if (window.dilations.some((dilation) => dilation !== 1))
    throw context.unsupported('E-ONNX-OPTION', `has dilations ${window.dilations.join('x')}, expected none`);
  const attributes = { window: kernelOf(context), strides, padding, activation: 'none' } as const;
  return context.emit(op, attributes, [x], { shape: [...shape.slice(0, 2), ...window.output], layout: 'channelsLast' });
}

/**
 * Around the data stand their own outermost elements, mirrored: the greatest of a window stays the same, since it holds all of
 * them, and no value comes in that calibration would take for one of the network's.
 */
function readMaxPool(context: NodeContext): Value {
  if (context.node.outputs.length > 1 && context.node.outputs[1] !== '')
    throw context.unsupported('E-ONNX-OPTION', 'answers with indices, expected values alone');
  return flattened(context, context.input(), (input) => {
    const kernel = kernelOf(context);
    const window = windowOf(context, input.shape, kernel, context.int('ceil_mode', 0) !== 0);
    const { before, after } = window;
    const x = context.builder.channelsLast(input);
    if ([...before, ...after].every((pad) => pad === 0)) return pool(context, 'maxPool2d', x, input.shape, window);
    const around = surrounded(context, x, input.shape, kernel, window);
    return pool(context, 'maxPool2d', around, input.shape, window);
  });
}

/** Of more than half a window a mirror would show what the window does not hold: then one row and column at a time. */
function surrounded(
  context: NodeContext,
  x: Value,
  shape: Shape,
  kernel: HeightWidth,
  { before, after }: Window,
): Value {
  const fits = [0, 1].every((i) => 2 * Math.max(before[i]!, after[i]!) <= kernel[i]!);
  const most = Math.max(...before, ...after);
  if ([0, 1].some((i) => Math.max(before[i]!, after[i]!) >= kernel[i]!) || (!fits && most > 8))
    throw context.unsupported('E-ONNX-PADS', `pads ${before.join('x')} and ${after.join('x')} for ${kernel.join('x')}`);
  const steps = fits && before.every((pad, i) => pad <= shape[i + 2]!) ? [most] : new Array<number>(most).fill(1);
  let [around, done] = [x, 0];
  for (const step of steps) {
    const part = (pads: HeightWidth): HeightWidth => [
      Math.max(0, Math.min(step, pads[0] - done)),
      Math.max(0, Math.min(step, pads[1] - done)),
    ];
    const [front, back] = [part(before), part(after)];
    const attributes = { before: [0, ...front, 0], after: [0, ...back, 0], mode: 'symmetric' } as const;
    const result = { shape: paddedShape(around.shape, front, back), layout: 'channelsLast', suffix: '/pad' } as const;
    around = context.emit('mirrorPad', attributes, [around], result);
    done += step;
  }
  return around;
}

/** Zeros around the data; where they do not count, the mean of each window is scaled up to those that do. */
function readAveragePool(context: NodeContext): Value {
  return flattened(context, context.input(), (input) => {
    const kernel = kernelOf(context);
    const ceil = context.int('ceil_mode', 0) !== 0;
    const counted = context.int('count_include_pad', 0) !== 0;
    const window = windowOf(context, input.shape, kernel, ceil);
    const x = context.builder.channelsLast(input);
    const { asked } = window;
    if ([...asked.before, ...asked.after].every((pad) => pad === 0) || (window.padding === 'same' && !counted))
      return pool(context, 'averagePool2d', x, input.shape, window);
    if (ceil && counted) throw context.unsupported('E-ONNX-OPTION', 'has ceil_mode and count_include_pad at once');
    const outside = { ...window, padding: 'valid', ...asked } as const;
    const y = pool(context, 'averagePool2d', padded(context, x, outside, 0), input.shape, outside);
    return counted
      ? y
      : arithmeticNode(context, 'mul', y, corrections(context, input.shape, kernel, outside), '/count');
  });
}

/** [1, 1, H, W]: elements of a window over those of them that lie on the data. */
function corrections(context: NodeContext, shape: Shape, kernel: HeightWidth, window: Window): Value {
  const { output, strides, asked } = window;
  const onData = [0, 1].map((i) =>
    Array.from({ length: output[i]! }, (_, position) => {
      const begin = position * strides[i]! - asked.before[i]!;
      return Math.min(begin + kernel[i]!, shape[i + 2]!) - Math.max(begin, 0);
    }),
  );
  const values = onData[0]!.flatMap((rows) => onData[1]!.map((columns) => (kernel[0] * kernel[1]) / (rows * columns)));
  if (!values.every((value) => value > 0 && Number.isFinite(value)))
    throw context.wrong('E-ONNX-PADS', 'has windows that lie in the padding alone');
  return context.floats('/corrections', [1, 1, ...output], values);
}

function global(op: 'mean' | 'reduceMax'): NodeReader {
  return (context) => {
    const x = context.builder.channelsLast(context.input());
    if (x.shape.length < 3) throw context.wrong('E-ONNX-RANK', `reads [${x.shape.join(', ')}], expected planes`);
    const axes = Array.from({ length: x.shape.length - 2 }, (_, i) => i + 1);
    const shape = x.shape.map((size, i) => (i < 2 ? size : 1));
    return context.emit(op, { axes, keepDimensions: true }, [x], { shape, layout: 'channelsLast' });
  };
}

/** Pools. */
export const poolingReaders: NodeReaders = {
  MaxPool: readMaxPool,
  AveragePool: readAveragePool,
  GlobalAveragePool: global('mean'),
  GlobalMaxPool: global('reduceMax'),
};
