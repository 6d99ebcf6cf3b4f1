import { cInt, cPlus } from '../emit/c-literal.js';
import type { TemplateData } from '../emit/render.js';
import type { WindowGeometry } from './window.js';

/** A window's sizes as text, for the templates of convolution and pooling. */
export function windowData(geometry: WindowGeometry, channels: number) {
  const { batches, input, output, kernel, strides, dilations, before, padded } = geometry;
  // The rows of all pictures are walked as one: the row within its picture, and the picture's first row.
  const row = batches === 1 ? 'row' : `row % ${cInt(output[0])}`;
  const picture = batches === 1 ? '' : `row / ${cInt(output[0])} * ${cInt(input[0])} + `;
  return {
    inputHeight: cInt(input[0]),
    inputWidth: cInt(input[1]),
    channels: cInt(channels),
    rows: cInt(batches * output[0]),
    outputWidth: cInt(output[1]),
    kernelHeight: cInt(kernel[0]),
    kernelWidth: cInt(kernel[1]),
    // `row * 2 + i - 1`, without the parts that do nothing.
    inputRow: position(row, strides[0], 'i', dilations[0], before[0]),
    inputColumn: position('column', strides[1], 'j', dilations[1], before[1]),
    // The first tap's place, where there is no padding.
    firstRow: picture === '' ? scaled(row, strides[0]) : `(${picture}${scaled(row, strides[0])})`,
    pixelRow: picture === '' ? 'r' : `(${picture}r)`,
    firstColumn: scaled('column', strides[1]),
    padded,
    // Without padding and dilation a window's row is one run of the input and of the weights.
    contiguous: !padded && dilations[1] === 1,
    run: cInt(kernel[1] * channels),
  } satisfies TemplateData;
}

function position(index: string, stride: number, tap: string, dilation: number, before: number): string {
  return `${scaled(index, stride)} + ${scaled(tap, dilation)}${cPlus(-before)}`;
}

function scaled(name: string, factor: number): string {
  return factor === 1 ? name : `${name} * ${cInt(factor)}`;
}
