import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';

interface Scaling {
  readonly mode: string;
  /** How a position of the result becomes one of the data. */
  readonly transformation: string;
  readonly rounding: string;
}

/** Version 11 has the region of interest in between; before version 9 scales were an attribute. */
function sizesOf(context: NodeContext, x: Value): { output: readonly number[]; scales: readonly number[] } {
  const at = context.node.op === 'Upsample' || context.opset < 11 ? 1 : 2;
  if (context.has(3)) {
    const output = context.integers(3);
    return { output, scales: output.map((size, i) => size / (x.shape[i] ?? 1)) };
  }
  const given =
    context.opset < 9 ? scalesAttribute(context) : Array.from(context.has(at) ? context.realConstant(at) : []);
  return { output: given.map((scale, i) => Math.floor((x.shape[i] ?? 0) * scale)), scales: given };
}

function scalesAttribute(context: NodeContext): number[] {
  const attribute = context.node.attributes.get('scales');
  return [...(attribute?.floats ?? [])];
}

function scalingOf(context: NodeContext): Scaling {
  const mode = context.text('mode', 'nearest');
  // Before version 11 positions were scaled as they are.
  const old = context.node.op === 'Upsample' || context.opset < 11;
  const transformation = old ? 'asymmetric' : context.text('coordinate_transformation_mode', 'half_pixel');
  const rounding = old ? 'floor' : context.text('nearest_mode', 'round_prefer_floor');
  return { mode, transformation, rounding };
}

function readResize(context: NodeContext): Value {
  const x = context.builder.channelsLast(context.input());
  const { output, scales } = sizesOf(context, x);
  const scaling = scalingOf(context);
  const isPlane = x.shape.length === 4 && output.length === 4 && output[0] === x.shape[0] && output[1] === x.shape[1];
  if (!isPlane || context.ints('axes') !== null || context.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw context.unsupported(
      'E-ONNX-RESIZE',
      `makes [${output.join(', ')}] of [${x.shape.join(', ')}], expected other planes`,
    );
  const size = [output[2]!, output[3]!] as const;
  if (!size.every((length) => Number.isInteger(length) && length > 0 && length <= 2 ** 14))
    throw context.wrong('E-ONNX-RESIZE', `makes planes of ${size.join('x')}`);
  const result = { shape: output, layout: 'channelsLast' } as const;
  if (scaling.mode === 'nearest') return nearest(context, x, output, scales, scaling);
  const whole = [2, 3].every((i) => Math.abs(scales[i]! * x.shape[i]! - output[i]!) < 1e-4);
  const known = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'];
  if (scaling.mode !== 'linear' || !known.includes(scaling.transformation) || !whole)
    throw context.unsupported('E-ONNX-RESIZE', `has mode ${scaling.mode} of ${scaling.transformation}`);
  const alignCorners = scaling.transformation === 'align_corners';
  const halfPixelCenters = scaling.transformation.endsWith('half_pixel');
  return context.emit('resizeBilinear', { size, alignCorners, halfPixelCenters }, [x], result);
}

/** As Kiln's operator does it, where that takes the same elements; else they are gathered. */
function nearest(
  context: NodeContext,
  x: Value,
  output: readonly number[],
  scales: readonly number[],
  scaling: Scaling,
): Value {
  const indices = [2, 3].map((i) =>
    Array.from({ length: output[i]! }, (_, at) => sourceOf(context, at, x.shape[i]!, output[i]!, scales[i]!, scaling)),
  );
  const size = [output[2]!, output[3]!] as const;
  const isPlain = [0, 1].every((i) =>
    indices[i]!.every((index, at) => index === Math.floor((at * x.shape[i + 2]!) / size[i]!)),
  );
  const result = { shape: output, layout: 'channelsLast' } as const;
  if (isPlain)
    return context.emit('resizeNearest', { size, alignCorners: false, halfPixelCenters: false }, [x], result);
  const taken = (y: Value, axis: 0 | 1, suffix: string): Value => {
    const list = Int32Array.from(indices[axis]!);
    const constant = context.builder.constant(`${context.name}/indices${suffix}`, [list.length], 'int32', list);
    const shape = y.shape.with(axis + 2, list.length);
    return context.emit('gather', { axis: axis + 1, batchDimensions: 0 }, [y], { ...result, shape, suffix }, [
      constant,
    ]);
  };
  return taken(taken(x, 0, '/rows'), 1, '');
}

/** Which element of the data stands at a position of the result. Source: ONNX, Resize. */
function sourceOf(
  context: NodeContext,
  at: number,
  from: number,
  to: number,
  scale: number,
  { transformation, rounding }: Scaling,
): number {
  const transformations: Readonly<Record<string, () => number>> = {
    half_pixel: () => (at + 0.5) / scale - 0.5,
    pytorch_half_pixel: () => (to > 1 ? (at + 0.5) / scale - 0.5 : 0),
    asymmetric: () => at / scale,
    align_corners: () => (to === 1 ? 0 : (at * (from - 1)) / (to - 1)),
  };
  const roundings: Readonly<Record<string, (position: number) => number>> = {
    round_prefer_floor: (position) => Math.ceil(position - 0.5),
    round_prefer_ceil: (position) => Math.floor(position + 0.5),
    floor: Math.floor,
    ceil: Math.ceil,
  };
  const [position, round] = [transformations[transformation], roundings[rounding]];
  if (position === undefined || round === undefined)
    throw context.unsupported('E-ONNX-RESIZE', `has positions ${transformation} and rounds them by ${rounding}`);
  return Math.min(Math.max(round(position()), 0), from - 1);
}

export const resizeReaders: NodeReaders = { Resize: readResize, Upsample: readResize };
