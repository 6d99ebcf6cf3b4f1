import { CompileError, elementCount } from '@kiln/ir';
import { z } from 'zod';
import { dataFormat, pair, single } from '../options.js';
import { type Converter, withOptions } from './converter.js';
import { channelsLast, transpose } from './geometry.js';

const side = z.int().nonnegative();
const sides = z.tuple([side, side]);
/** "One number, two, or two pairs" as [[top, bottom], [left, right]]. */
const edges2d = z
  .union([z.tuple([sides, sides]), sides, side])
  .transform((value): [[number, number], [number, number]] => {
    if (typeof value === 'number')
      return [
        [value, value],
        [value, value],
      ];
    const [rows, columns] = value;
    return typeof rows === 'number'
      ? [
          [rows, rows],
          [columns as number, columns as number],
        ]
      : [rows, columns as [number, number]];
  });
const edges1d = z
  .union([sides, side])
  .transform((value): [number, number] => (typeof value === 'number' ? [value, value] : value));

/** Layers that move values and change none. */
export const SHAPE_LAYERS: Readonly<Record<string, Converter>> = {
  Flatten: (config, context) => {
    const { data_format } = z.object({ data_format: dataFormat }).parse(config);
    const { shape } = context;
    const last = [0, ...shape.slice(2).map((_, i) => i + 2), 1];
    const x =
      data_format === 'channels_first' && shape.length > 2
        ? transpose(context, context.input, last, '/channels_last')
        : context.input;
    const flat = [1, elementCount(shape)];
    return context.node('reshape', { shape: flat }, [x], flat, '');
  },
  Reshape: withOptions(z.object({ target_shape: z.array(z.int()) }), ({ target_shape }, context) => {
    const count = elementCount(context.shape);
    const known = target_shape.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
    const shape = [1, ...target_shape.map((size) => (size === -1 ? count / known : size))];
    if (elementCount(shape) !== count || !shape.every((size) => Number.isInteger(size) && size > 0)) {
      const message = `turns ${count} elements into [${target_shape.join(', ')}], expected as many elements`;
      throw new CompileError('E-KERAS-RESHAPE', `layer '${context.name}'`, message, 'Check the target shape');
    }
    return context.node('reshape', { shape }, [context.input], shape);
  }),
  Permute: withOptions(z.object({ dims: z.array(z.int().positive()) }), ({ dims }, context) =>
    transpose(context, context.input, [0, ...dims]),
  ),
  RepeatVector: withOptions(z.object({ n: z.int().positive() }), ({ n }, context) => {
    const [batch, features] = context.shape as [number, number];
    const row = context.node('reshape', { shape: [batch, 1, features] }, [context.input], [batch, 1, features], '/row');
    return context.node('tile', { multiples: [1, n, 1] }, [row], [batch, n, features]);
  }),
  ZeroPadding2D: withOptions(
    z.object({
      padding: edges2d.default([
        [1, 1],
        [1, 1],
      ]),
      data_format: dataFormat,
    }),
    ({ padding, data_format }, context) =>
      channelsLast(data_format, context, context.input, (x) => {
        const [before, after] = [0, 1].map((end) => [0, padding[0][end]!, padding[1][end]!, 0]) as [number[], number[]];
        const shape = context.shapeOf(x).map((size, axis) => size + before[axis]! + after[axis]!);
        return context.node('pad', { before, after }, [x, context.scalar('zero', 0)], shape);
      }),
  ),
  ZeroPadding1D: withOptions(z.object({ padding: edges1d.default([1, 1]) }), ({ padding }, context) => {
    const [before, after] = [
      [0, padding[0], 0],
      [0, padding[1], 0],
    ];
    const shape = context.shape.map((size, axis) => size + before[axis]! + after[axis]!);
    return context.node('pad', { before, after }, [context.input, context.scalar('zero', 0)], shape);
  }),
  Cropping2D: withOptions(
    z.object({ cropping: edges2d, data_format: dataFormat }),
    ({ cropping, data_format }, context) =>
      channelsLast(data_format, context, context.input, (x) => {
        const [batch, height, width, channels] = context.shapeOf(x) as [number, number, number, number];
        const size = [
          batch,
          height - cropping[0][0] - cropping[0][1],
          width - cropping[1][0] - cropping[1][1],
          channels,
        ];
        if (size.some((length) => length < 1)) {
          const message = `leaves [${size.join(', ')}] of [${context.shapeOf(x).join(', ')}], expected sizes above 0`;
          throw new CompileError('E-KERAS-CROP', `layer '${context.name}'`, message, 'Crop less');
        }
        const begin = [0, cropping[0][0], cropping[1][0], 0];
        return context.node('slice', { begin, size, strides: [1, 1, 1, 1] }, [x], size);
      }),
  ),
  UpSampling2D: withOptions(
    z.object({
      size: pair.default([2, 2]),
      data_format: dataFormat,
      interpolation: z.enum(['nearest', 'bilinear']).default('nearest'),
    }),
    ({ size, data_format, interpolation }, context) =>
      channelsLast(data_format, context, context.input, (x) => {
        const [batch, height, width, channels] = context.shapeOf(x) as [number, number, number, number];
        const grown = [height * size[0], width * size[1]] as const;
        const attributes = { size: grown, alignCorners: false, halfPixelCenters: true };
        const op = interpolation === 'nearest' ? 'resizeNearest' : 'resizeBilinear';
        return context.node(op, attributes, [x], [batch, ...grown, channels]);
      }),
  ),
  UpSampling1D: withOptions(z.object({ size: single.default(2) }), ({ size }, context) => {
    const [batch, steps, channels] = context.shape as [number, number, number];
    const plane = [batch, steps, 1, channels];
    const x = context.node('reshape', { shape: plane }, [context.input], plane, '/plane');
    const tiled = context.node('tile', { multiples: [1, 1, size, 1] }, [x], [batch, steps, size, channels], '');
    const shape = [batch, steps * size, channels];
    return context.node('reshape', { shape }, [tiled], shape);
  }),
};
