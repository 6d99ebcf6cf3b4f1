import { type HeightWidth, type Padding, type Shape } from '@kiln/ir';
import type { Value } from './graph-builder.js';
import type { NodeContext } from './node-context.js';

/** A window that moves over a plane. */
export interface Window {
  readonly strides: HeightWidth;
  readonly dilations: HeightWidth;
  readonly output: HeightWidth;
  /** What the operator does by itself. */
  readonly padding: Padding;
  /** What has to stand around the data before: nothing where `padding` says it. */
  readonly before: HeightWidth;
  readonly after: HeightWidth;
  /** The pads that the file asks for. */
  readonly asked: { readonly before: HeightWidth; readonly after: HeightWidth };
}

/** Strides, dilations and pads of the node for a kernel over [N, C, H, W]; of one dimension where it has lists of one. */
export function windowOf(context: NodeContext, shape: Shape, kernel: HeightWidth, ceil = false): Window {
  const pair = (name: string): HeightWidth => {
    const list = context.ints(name) ?? [1, 1];
    const [first, second] = list.length === 1 ? [1, list[0]!] : list;
    if (list.length <= 2 && isSize(first) && isSize(second)) return [first, second];
    throw context.wrong('E-ONNX-ATTRIBUTE', `has ${name} [${list.join(', ')}], expected one or two sizes above 0`);
  };
  const [strides, dilations] = [pair('strides'), pair('dilations')];
  if (!isSize(kernel[0]) || !isSize(kernel[1]))
    throw context.wrong('E-ONNX-ATTRIBUTE', `has a window of ${kernel.join('x')}`);
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
  const asked = padsOf(context, shape, reach, strides);
  const output = [0, 1].map((i) => {
    const positions = (shape[i + 2]! + asked.before[i]! + asked.after[i]! - reach[i]!) / strides[i]! + 1;
    const whole = ceil ? Math.ceil(positions) : Math.floor(positions);
    // A window that would begin behind the data is none. Source: ONNX, MaxPool.
    return ceil && (whole - 1) * strides[i]! >= shape[i + 2]! + asked.before[i]! ? whole - 1 : whole;
  });
  if (!output.every((size) => size > 0))
    throw context.wrong('E-ONNX-WINDOW', `has a window of ${reach.join('x')} on [${shape.join(', ')}]`);
  const totals = [0, 1].map((i) => Math.max(0, (output[i]! - 1) * strides[i]! + reach[i]! - shape[i + 2]!));
  const isSame = [0, 1].every(
    (i) =>
      output[i] === Math.ceil(shape[i + 2]! / strides[i]!) &&
      // Where nothing stands before and no window reaches behind, there is nothing to pad.
      Math.floor(totals[i]! / 2) === asked.before[i],
  );
  const [before, after] = [asked.before, totals.map((total, i) => Math.max(0, total - asked.before[i]!))];
  const none = [0, 0] as const;
  const isValid = [...before, ...after].every((pad) => pad === 0);
  return {
    strides,
    dilations,
    output: output as unknown as HeightWidth,
    padding: isSame && !isValid ? 'same' : 'valid',
    before: isSame ? none : before,
    after: isSame ? none : (after as unknown as HeightWidth),
    asked: { before, after: after as unknown as HeightWidth },
  };
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 2 ** 20;
}

function padsOf(context: NodeContext, shape: Shape, reach: readonly number[], strides: HeightWidth): Window['asked'] {
  const auto = context.text('auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const totals = [0, 1].map((i) => {
      const output = Math.ceil(shape[i + 2]! / strides[i]!);
      return Math.max(0, (output - 1) * strides[i]! + reach[i]! - shape[i + 2]!);
    });
    const less = totals.map((total) => Math.floor(total / 2)) as [number, number];
    const more = totals.map((total) => Math.ceil(total / 2)) as [number, number];
    return auto === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less };
  }
  if (auto !== 'NOTSET' && auto !== 'VALID')
    throw context.wrong('E-ONNX-ATTRIBUTE', `has auto_pad ${auto}, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER`);
  const pads = (auto === 'VALID' ? null : context.ints('pads')) ?? [0, 0, 0, 0];
  const [top, left, bottom, right] = pads.length === 2 ? [0, pads[0]!, 0, pads[1]!] : pads;
  if ((pads.length === 2 || pads.length === 4) && pads.every((pad) => pad >= 0 && pad <= 2 ** 20))
    return { before: [top!, left!], after: [bottom!, right!] };
  throw context.wrong('E-ONNX-ATTRIBUTE', `has pads [${pads.join(', ')}], expected sizes of 0 or more`);
}

/** The data with `value` around them, where the operator does not do that. */
export function padded(context: NodeContext, x: Value, { before, after }: Window, value: number): Value {
  if ([...before, ...after].every((pad) => pad === 0)) return x;
  const attributes = { before: [0, ...before, 0], after: [0, ...after, 0] };
  const constant = context.floats('/pad_value', [], [value]);
  return context.emit('pad', attributes, [x, constant], {
    shape: paddedShape(x.shape, before, after),
    layout: 'channelsLast',
    suffix: '/pad',
  });
}

export function paddedShape(shape: Shape, before: HeightWidth, after: HeightWidth): Shape {
  return shape.map((size, i) => (i < 2 ? size : size + before[i - 2]! + after[i - 2]!));
}

/** Runs a reader for planes on [N, C, H, W], or on [N, C, L] as planes of one row. */
export function flattened(context: NodeContext, input: Value, read: (plane: Value) => Value): Value {
  if (input.shape.length === 4) return read(input);
  if (input.shape.length !== 3)
    throw context.unsupported(
      'E-ONNX-RANK',
      `reads [${input.shape.join(', ')}], expected one or two spatial dimensions`,
    );
  const [batch, channels, length] = context.builder.channelsLast(input).shape as [number, number, number];
  const line = context.builder.channelsLast(input);
  const plane = context.emit('reshape', { shape: [batch, 1, length, channels] }, [line], {
    shape: [batch, channels, 1, length],
    layout: 'channelsLast',
    suffix: '/plane',
  });
  const y = read(plane);
  const [, filters, , size] = y.shape as [number, number, number, number];
  return context.emit('reshape', { shape: [batch, size, filters] }, [context.builder.channelsLast(y)], {
    shape: [batch, filters, size],
    layout: 'channelsLast',
    suffix: '/line',
  });
}
