import type { Shape } from '@kiln/ir';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';
import { arithmeticNode, broadcastNode, unaryNode } from './elementwise.js';

/** [C] as [1, C, 1, 1], which broadcasts over [N, C, H, W]. */
function channelwise(context: NodeContext, suffix: string, values: ArrayLike<number>, shape: Shape): Value {
  return context.floats(
    suffix,
    shape.map((_, i) => (i === 1 ? values.length : 1)),
    values,
  );
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale + bias, for each channel, as one factor and one offset. */
function readBatchNormalization(context: NodeContext): Value {
  const x = context.input();
  if (context.int('training_mode', 0) !== 0 || context.int('spatial', 1) === 0)
    throw context.unsupported('E-ONNX-OPTION', 'is in training mode or not for each channel');
  const channels = x.shape[1] ?? 0;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => {
    const values = context.realConstant(i);
    if (values.length === channels) return values;
    throw context.wrong('E-ONNX-CHANNELS', `has ${values.length} values as its input ${i}, expected ${channels}`);
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = context.float('epsilon', 1e-5);
  const factor = Float64Array.from(scale, (value, i) => value / Math.sqrt(variance[i]! + epsilon));
  const offset = Float64Array.from(bias, (value, i) => value - mean[i]! * factor[i]!);
  const wide = x.shape.length > 2 ? context.builder.channelsLast(x) : x;
  const scaled = arithmeticNode(context, 'mul', wide, channelwise(context, '/scale', factor, x.shape), '/scaled');
  return arithmeticNode(context, 'add', scaled, channelwise(context, '/shift', offset, x.shape));
}

/** (x - mean) / sqrt(variance + epsilon) along axes of the value as it is stored. */
function normalized(context: NodeContext, x: Value, axes: readonly number[], epsilon: number): Value {
  const { layout } = x;
  const shape = x.shape.map((size, i) => (axes.includes(context.stored(x, i)) ? 1 : size));
  const reduce = { axes, keepDimensions: true };
  const mean = context.emit('mean', reduce, [x], { shape, layout, suffix: '/mean' });
  const centred = arithmeticNode(context, 'sub', context.builder.float(x), context.builder.float(mean), '/centred');
  const squares = unaryNode(context, 'square', centred, '/squares');
  const variance = context.emit('mean', reduce, [squares], { shape, layout, suffix: '/variance' });
  const safe = arithmeticNode(context, 'add', variance, context.floats('/epsilon', [], [epsilon]), '/safe');
  return arithmeticNode(context, 'mul', centred, unaryNode(context, 'rsqrt', safe, '/inverse'), '/normalized');
}

function readInstanceNormalization(context: NodeContext): Value {
  const x = context.builder.float(context.builder.channelsLast(context.input()));
  const planes = Array.from({ length: Math.max(0, x.shape.length - 2) }, (_, i) => i + 1);
  const y = normalized(context, x, planes, context.float('epsilon', 1e-5));
  const scaled = arithmeticNode(
    context,
    'mul',
    y,
    channelwise(context, '/scale', context.realConstant(1), x.shape),
    '/scaled',
  );
  return arithmeticNode(context, 'add', scaled, channelwise(context, '/shift', context.realConstant(2), x.shape));
}

/** Along the axis and all behind it. */
function readLayerNormalization(context: NodeContext): Value {
  const x = context.builder.float(context.builder.plain(context.input()));
  const first = context.axis(context.int('axis', -1), x.shape.length);
  const axes = x.shape.map((_, i) => i).slice(first);
  if (context.node.outputs.slice(1).some((name) => name !== ''))
    throw context.unsupported('E-ONNX-OPTION', 'answers with mean and deviation, expected the values alone');
  const y = normalized(context, x, axes, context.float('epsilon', 1e-5));
  const scaled = broadcastNode(context, 'mul', { activation: 'none' }, [y, context.input(1)], {
    suffix: context.has(2) ? '/scaled' : '',
  });
  return context.has(2) ? arithmeticNode(context, 'add', scaled, context.input(2)) : scaled;
}

/** Operators that shift and scale. */
export const normalizationReaders: NodeReaders = {
  BatchNormalization: readBatchNormalization,
  InstanceNormalization: readInstanceNormalization,
  LayerNormalization: readLayerNormalization,
};
