import { elementCount, equalShapes, type NumberData } from '@kiln/ir';
import { cFloat, cInt, cPlus } from '../../emit/c-literal.js';
import type { TemplateData } from '../../emit/render.js';
import type { Kernel } from '../kernel.js';
import { type Evaluate, type Operator, SEPARATE, VIEW } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { type Between, floatNeighbours, floatStep, integerNeighbours, integerSteps, ONE_ROW } from './interpolation.js';
import { movedTypeProblems } from './moved-types.js';
import { resizedShape } from './resized-shape.js';

/** The value between four neighbours, row by row and column by column. */
type Mix = (corners: readonly [number, number, number, number], down: number, across: number) => number;

/** Corners: upper left, lower left, upper right, lower right. Every product and sum rounds once to float32. */
const mixFloats: Mix = ([a, b, c, d], down, across) => {
  const { fround } = Math;
  const [up, back] = [fround(1 - down), fround(1 - across)];
  const product = (x: number, y: number, z: number): number => fround(fround(x * y) * z);
  return fround(
    fround(fround(product(a, up, back) + product(b, down, back)) + product(c, up, across)) + product(d, down, across),
  );
};

/** Exact: the sum stays below 2^36. Rounds to the nearest, ties away from zero. */
const mixIntegers: Mix = ([a, b, c, d], down, across) => {
  const [up, back] = [ONE_ROW - down, ONE_ROW - across];
  const sum = a * up * back + b * down * back + c * up * across + d * down * across;
  return Math.trunc((sum + (sum > 0 ? 2 ** 19 : -(2 ** 19))) / 2 ** 20);
};

function reference({ node, inputs, outputs }: Site<'resizeBilinear'>): Evaluate {
  const [, height, width, channels] = inputs[0]!.shape as [number, number, number, number];
  const [rowCount, columnCount] = node.attributes.size;
  const isFloat = inputs[0]!.dtype === 'float32';
  const neighbours = (from: number, to: number): Between[] =>
    isFloat
      ? floatNeighbours(from, to, node.attributes)
      : integerNeighbours(integerSteps(from, to, node.attributes), to);
  const [rows, columns] = [neighbours(height, rowCount), neighbours(width, columnCount)];
  const mix = isFloat ? mixFloats : mixIntegers;
  const at = (x: NumberData, batch: number, row: number, column: number, k: number): number =>
    x[((batch * height + row) * width + column) * channels + k]!;
  return ([x], [y]) => {
    for (let i = 0; i < elementCount(outputs[0]!.shape); i++) {
      const [k, place] = [i % channels, Math.floor(i / channels)];
      const batch = Math.floor(place / (rowCount * columnCount));
      const { low: top, high: bottom, share: down } = rows[Math.floor(place / columnCount) % rowCount]!;
      const { low: left, high: right, share: across } = columns[place % columnCount]!;
      const corner = (row: number, column: number): number => at(x!, batch, row, column, k);
      const corners = [corner(top, left), corner(bottom, left), corner(top, right), corner(bottom, right)] as const;
      y![i] = mix(corners, down, across);
    }
  };
}

function lower(site: Site<'resizeBilinear'>): ReturnType<Kernel<'resizeBilinear'>['lower']> {
  const { node, inputs } = site;
  const [batches, height, width, channels] = inputs[0]!.shape as [number, number, number, number];
  const [rowCount, columnCount] = node.attributes.size;
  const names = { inputs: ['x'], outputs: ['y'] };
  const tables = constantTables(site, names.inputs);
  const isFloat = inputs[0]!.dtype === 'float32';
  const line = (from: number, to: number, variable: string): TemplateData =>
    isFloat ? floatLine(from, to, node.attributes, variable) : integerLine(from, to, node.attributes, variable);
  return {
    data: {
      parameters: parameterText(site, { tables }, names, false),
      batches: cInt(batches),
      pictureElements: cInt(height * width * channels),
      rowElements: cInt(width * channels),
      channels: cInt(channels),
      rowCount: cInt(rowCount),
      columnCount: cInt(columnCount),
      row: line(height, rowCount, 'i'),
      column: line(width, columnCount, 'j'),
      type: inputs[0]!.dtype === 'int8' ? 'int8_t' : 'int16_t',
      // A sum of int16 in 2^20ths needs 36 bits.
      wide: inputs[0]!.dtype === 'int8' ? 'int32_t' : 'int64_t',
    },
    tables,
    scratch: [],
    supports: isFloat ? [] : ['clamp'],
  };
}

function integerLine(
  from: number,
  to: number,
  attributes: Parameters<typeof integerSteps>[2],
  variable: string,
): TemplateData {
  const { step, start, last } = integerSteps(from, to, attributes);
  return { place: `clamp(${variable} * ${cInt(step)}${cPlus(start)}, 0, ${cInt(last)})` };
}

function floatLine(
  from: number,
  to: number,
  attributes: Parameters<typeof floatStep>[2],
  variable: string,
): TemplateData {
  const step = cFloat(floatStep(from, to, attributes));
  const [index, last] = [`(float)${variable}`, cInt(from - 1)];
  return { place: attributes.halfPixelCenters ? `(${index} + 0.5f) * ${step} - 0.5f` : `${index} * ${step}`, last };
}

function kernelOf(name: string, accepts: Kernel<'resizeBilinear'>['accepts']): Kernel<'resizeBilinear'> {
  return {
    name: `resize-bilinear-${name}`,
    isa: 'portable',
    template: `operators/movement/kernels/resize-bilinear-${name}.portable.c.hbs`,
    accepts,
    cost: ({ outputs }) => ({ instructions: 30 * elementCount(outputs[0]!.shape), constantBytes: 0 }),
    lower,
  };
}

/** A view where the size stays. */
export const resizeBilinear: Operator<'resizeBilinear'> = {
  op: 'resizeBilinear',
  summary: 'y[r][c] = x between its four nearest rows and columns',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding for each operation, in the order of TensorFlow Lite',
  memory: ({ inputs, outputs }) =>
    inputs[0]!.data === null && equalShapes(inputs[0]!.shape, outputs[0]!.shape) ? VIEW : SEPARATE,
  inferShapes: (node, [x]) => [resizedShape(node, x!.shape)],
  problems: (site) => {
    const { alignCorners, halfPixelCenters } = site.node.attributes;
    const both = 'found alignCorners and halfPixelCenters, expected at most one of them';
    return [...movedTypeProblems(site), ...(alignCorners && halfPixelCenters ? [both] : [])];
  },
  reference,
  quantizer: { output: 'as-input', constants: () => [] },
  macs: ({ outputs }) => 4 * elementCount(outputs[0]!.shape),
  kernels: [
    kernelOf('float32', ({ inputs }) => inputs[0]!.dtype === 'float32'),
    kernelOf('integer', ({ inputs }) => inputs[0]!.dtype !== 'float32'),
  ],
};
