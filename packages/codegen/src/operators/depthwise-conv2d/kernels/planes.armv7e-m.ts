import { formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { type PlaneLayout, planeLayout, planeParts, planeWords, tileBytes } from '../../../isa/armv7e-m/plane-parts.js';
import { type ShiftedLayer, shiftedLayerOf } from '../../../isa/armv7e-m/shifted-layer.js';
import { activationFormula } from '../../activation.js';
import type { Kernel, Overlap } from '../../kernel.js';
import { oncePerNode } from '../../once-per-node.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { weightedOf, zeroPointOf } from '../../weighted.js';
import { windowGeometry } from '../../window.js';

/** Channels that are expanded together. */
const CHANNELS = 4;

/**
 * 3x3 windows, four channels at a time: a strip of rows is expanded into a plane of 16 bits for each channel; then one function,
 * shared by layers, goes over a plane, two rows by two columns of outputs at a time.
 */
export const depthwiseConv2dPlanes: Kernel<'depthwiseConv2d'> = {
  name: 'depthwise-conv2d-planes',
  isa: 'armv7e-m',
  template: 'operators/depthwise-conv2d/kernels/planes.armv7e-m.c.hbs',
  accepts: (site) => layerOf(site) !== null,
  cost: (site) => {
    const { channels, geometry, stride } = sizesOf(site);
    const { layout, weights } = layerOf(site)!;
    const [rows, columns] = geometry.output;
    const [pairs, tiles, strips] = [Math.ceil(rows / 2), Math.ceil(columns / 2), Math.ceil(rows / layout.rows)];
    // Counted on Cortex-M4: 49 or 55 instructions a tile, 14 for two inputs of four channels, what begins a row, a strip, a group.
    const channel = pairs * (14 + tiles * (43 + 6 * stride)) + strips * 60;
    const expand = geometry.input[0] * (30 + 7 * geometry.input[1]) + strips * 8 * layout.rowCells + 60;
    return {
      instructions: channels * channel + Math.ceil(channels / CHANNELS) * expand + layout.cells,
      constantBytes: weights.byteLength,
    };
  },
  lower: (site) => {
    const { activation } = site.node.attributes;
    const weighted = weightedOf(site);
    const { channels, geometry, stride } = sizesOf(site);
    const { layout, oneShift, bounds, weights } = layerOf(site)!;
    const strips = geometry.output[0] > layout.rows;
    const odd = geometry.output[1] % 2 === 1;
    const { parts, data } = planeParts(layout, oneShift, bounds, { padded: geometry.padded, strips, odd });
    const inner = 'bias[o] + sum w[i][j][o] * (x[r+i][c+j][o] - zero_x)';
    const comment = `${channels} channels: 3x3 weights as bytes, where the sums start, multiplier and constant`;
    const tables = [{ role: 'weights', values: weights, comment }];
    const scratch = [{ dtype: 'int16' as const, elements: CHANNELS * layout.cells }];
    const names = { inputs: ['x'], outputs: ['y'], scratch: ['planes'] };
    return {
      data: {
        ...data,
        ...driverData(site, layout),
        strips,
        stride: cInt(stride),
        words: cInt(weights.length / channels),
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(activation, inner)}`,
        parameters: parameterText(site, { tables, scratch }, names, true),
      },
      tables,
      scratch,
      supports: [],
      overlaps: overlapsOf(site, layout),
      parts,
    };
  },
};

function sizesOf({ node, inputs }: Site<'depthwiseConv2d'>) {
  const geometry = windowGeometry(inputs[0]!.shape, [3, 3], node.attributes);
  return { channels: inputs[0]!.shape[3]!, geometry, stride: node.attributes.strides[0] as 1 | 2 };
}

/**
 * Channels go four by four, each group over the whole picture, so outputs may only lie on inputs of their own channel: in steps
 * of a position. A strip of outputs is written when all rows up to `read` were read, which the planes hold.
 */
function overlapsOf(site: Site<'depthwiseConv2d'>, { rows }: PlaneLayout): readonly Overlap[] {
  const { channels, geometry, stride } = sizesOf(site);
  const { input, output, before } = geometry;
  let most = Infinity;
  for (let r = 0; r + rows < output[0]; r += rows) {
    const read = (r + rows) * stride + 3 - stride - before[0];
    most = Math.min(most, (read * input[1] - (r + rows) * output[1]) * channels);
  }
  return [{ writer: 'output', index: 0, over: 0, most, step: channels }];
}

function driverData(site: Site<'depthwiseConv2d'>, layout: PlaneLayout) {
  const { channels, geometry } = sizesOf(site);
  const { input, output, before, padded } = geometry;
  const zero = zeroPointOf(site.inputs[0]!) * 256;
  const { stride, rowCells, rows, cells } = layout;
  return {
    padded,
    channels: cInt(channels),
    lastBase: cInt(channels - CHANNELS),
    whole: channels % CHANNELS === 0,
    inputHeight: cInt(input[0]),
    inputWidth: cInt(input[1]),
    inputLine: cInt(input[1] * channels),
    outputHeight: cInt(output[0]),
    outputLine: cInt(output[1] * channels),
    beforeRows: before[0] === 0 ? '0' : cInt(-before[0]),
    beforeColumns: before[1] === 0 ? '' : ` + ${cInt(before[1])}`,
    rows: cInt(rows),
    rowCells: cInt(rowCells),
    rowFours: cInt(rowCells / 4),
    planeCells: cInt(cells),
    allFours: cInt((CHANNELS * cells) / 4),
    width: cInt(Math.ceil(output[1] / 2) * tileBytes(layout)),
    zeros: cInt((zero & 0xffff) | (zero << 16) | 0),
    more: cInt(3 - stride),
    keptFours: cInt(((3 - stride) * rowCells) / 4),
    keptFrom: cInt(rows * stride * rowCells),
  };
}

interface PlaneLayer extends ShiftedLayer {
  readonly layout: PlaneLayout;
  readonly weights: Int32Array;
}

/** The packed layer, once for each node; null where this kernel cannot serve it. */
const layerOf = oncePerNode((site: Site<'depthwiseConv2d'>): PlaneLayer | null => (accepts(site) ? pack(site) : null));

function accepts({ node, inputs: [x, weights, bias] }: Site<'depthwiseConv2d'>): boolean {
  const { strides, dilations } = node.attributes;
  const [, height, width, filters] = weights!.shape as [number, number, number, number];
  const isWindow = height === 3 && width === 3 && dilations.join() === '1,1' && ['1,1', '2,2'].includes(strides.join());
  const isOneToOne = x!.shape[0] === 1 && filters === x!.shape[3] && filters >= CHANNELS;
  return isWindow && isOneToOne && x!.dtype === 'int8' && weights!.data !== null && bias!.dtype === 'int32';
}

function pack(site: Site<'depthwiseConv2d'>): PlaneLayer | null {
  const { channels, geometry, stride } = sizesOf(site);
  const layout = planeLayout(stride, geometry.output[1]);
  if (layout === null || geometry.input[1] + geometry.before[1] > layout.rowCells) return null;
  const weights = site.inputs[1]!.data as Int8Array;
  const windows = Array.from({ length: channels }, (_, o) =>
    Int8Array.from({ length: 9 }, (__, tap) => weights[tap * channels + o]!),
  );
  const where = `node '${site.node.name}'`;
  const layer = shiftedLayerOf(weightedOf(site), site.node.attributes.activation, where, windows);
  // The tiles have room for one number more than a multiplier and a constant.
  if (layer === null || (layer.oneShift.signed && layer.oneShift.shift === null)) return null;
  const { oneShift, starts } = layer;
  const words = windows.flatMap((window, o) => planeWords(stride, window, starts[o]!, oneShift.channels[o]!, oneShift));
  return { ...layer, layout, weights: Int32Array.from(words) };
}
