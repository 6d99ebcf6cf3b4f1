import type { HeightWidth, Padding, TensorId } from '@kiln/ir';
import { z } from 'zod';
import type { LayerContext } from '../layer-context.js';
import { dataFormat, padding, pair, single } from '../options.js';
import { type Converter, withOptions } from './converter.js';
import { channelsLast, windowSize } from './geometry.js';

const pool2d = z.object({ pool_size: pair.default([2, 2]), strides: pair.nullish(), padding, data_format: dataFormat });
const pool1d = z.object({
  pool_size: single.default(2),
  strides: single.nullish(),
  padding,
  data_format: dataFormat.pipe(z.literal('channels_last')),
});
const global = z.object({ data_format: dataFormat, keepdims: z.boolean().default(false) });

type Pool = 'maxPool2d' | 'averagePool2d';

/** Pools. */
export const POOLING_LAYERS: Readonly<Record<string, Converter>> = {
  MaxPooling2D: planePool('maxPool2d'),
  AveragePooling2D: planePool('averagePool2d'),
  MaxPooling1D: linePool('maxPool2d'),
  AveragePooling1D: linePool('averagePool2d'),
  GlobalMaxPooling2D: globalPool('reduceMax'),
  GlobalAveragePooling2D: globalPool('mean'),
  GlobalMaxPooling1D: globalPool('reduceMax'),
  GlobalAveragePooling1D: globalPool('mean'),
};

function planePool(op: Pool): Converter {
  return withOptions(pool2d, (options, context) =>
    channelsLast(options.data_format, context, context.input, (x) => {
      return pool(context, op, x, options.pool_size, options.strides ?? options.pool_size, options.padding);
    }),
  );
}

function linePool(op: Pool): Converter {
  return withOptions(pool1d, (options, context) => {
    const [batch, steps, channels] = context.shape as [number, number, number];
    const plane = [batch, 1, steps, channels];
    const line = context.node('reshape', { shape: plane }, [context.input], plane, '/line');
    const strides = [1, options.strides ?? options.pool_size] as const;
    const y = pool(context, op, line, [1, options.pool_size], strides, options.padding, '');
    const shape = [batch, ...context.shapeOf(y).slice(2)];
    return context.node('reshape', { shape }, [y], shape);
  });
}

function pool(
  context: LayerContext,
  op: Pool,
  x: TensorId,
  window: HeightWidth,
  strides: HeightWidth,
  padded: Padding,
  suffix?: string,
): TensorId {
  const [batch, height, width, channels] = context.shapeOf(x) as [number, number, number, number];
  const size = [height, width].map((length, i) => windowSize(length, window[i]!, strides[i]!, padded, context.name));
  const attributes = { window, strides, padding: padded, activation: 'none' } as const;
  return context.node(op, attributes, [x], [batch, ...size, channels], suffix);
}

/** Over all positions between the batch and the channels. */
function globalPool(op: 'reduceMax' | 'mean'): Converter {
  return withOptions(global, ({ data_format, keepdims }, context) => {
    const { shape } = context;
    const first = data_format === 'channels_last' ? 1 : 2;
    const axes = Array.from({ length: shape.length - 2 }, (_, i) => first + i);
    const left = shape.flatMap((size, axis) => (axes.includes(axis) ? (keepdims ? [1] : []) : [size]));
    return context.node(op, { axes, keepDimensions: keepdims }, [context.input], left);
  });
}
