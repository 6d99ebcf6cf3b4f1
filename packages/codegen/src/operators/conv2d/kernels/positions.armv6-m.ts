import { formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { positionParts } from '../../../isa/armv6-m/parts.js';
import { type PositionLayer, positionLayerOf } from '../../../isa/armv6-m/position-layer.js';
import { activationFormula } from '../../activation.js';
import type { Kernel } from '../../kernel.js';
import { oncePerNode } from '../../once-per-node.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { weightedOf } from '../../weighted.js';
import { windowGeometry } from '../../window.js';
import { windowOverlaps } from '../../window-overlap.js';
import { filterSizes, isPlainInt8 } from '../filter-sizes.js';
import { runData } from '../run-data.js';

/** Positions that are computed together. */
const POSITIONS = 4;

/**
 * Four positions times one output channel at a time. Their inputs are gathered two to a word first; then one function, shared
 * by layers, goes over all channels, and multiplies two inputs at once.
 */
export const conv2dPositions: Kernel<'conv2d'> = {
  name: 'conv2d-positions',
  isa: 'armv6-m',
  template: 'operators/conv2d/kernels/positions.armv6-m.c.hbs',
  accepts: (site) => layerOf(site) !== null,
  cost: (site) => {
    const { positions, kernel, inputs, words, filters } = sizesOf(site);
    const { apart, weights } = layerOf(site)!;
    // By hand from the text, for Cortex-M0: 37 instructions a word of weights, 120 for four outputs, 23 for a part, 12 to gather four inputs.
    const tile = filters * (120 + 37 * words) + 23 * apart + 12 * inputs + 100 * kernel[0] + 130;
    return { instructions: Math.ceil(positions / POSITIONS) * tile, constantBytes: weights.byteLength };
  },
  lower: (site) => {
    const { activation } = site.node.attributes;
    const weighted = weightedOf(site);
    const sizes = sizesOf(site);
    const { filters, inputs, words, geometry, run } = sizes;
    const { oneShift, bounds, weights } = layerOf(site)!;
    const { parts, tile } = positionParts(oneShift, bounds);
    const comment = `${filters} output channels: where their sums start, ${inputs} weights, parts of some, multiplier and constant`;
    const tables = [{ role: 'weights', values: weights, comment }];
    const inner = 'bias[o] + sum w[o][i][j][k] * (x[r+i][c+j][k] - zero_x)';
    const scratch = [
      { dtype: 'int32' as const, elements: 8 * words },
      ...(geometry.padded ? [{ dtype: 'int8' as const, elements: (1 + POSITIONS) * run }] : []),
    ];
    const names = { inputs: ['x'], outputs: ['y'], scratch: ['patches', 'border'] };
    return {
      data: {
        ...driverData(site),
        tile,
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(activation, inner)}`,
        parameters: parameterText(site, { tables, scratch }, names, true),
        words: cInt(weights.length),
      },
      tables,
      scratch,
      supports: [],
      overlaps: windowOverlaps(site, { ...sizes, order: POSITIONS }),
      parts,
    };
  },
};

function sizesOf(site: Site<'conv2d'>) {
  const { filters, kernel, channels } = filterSizes(site);
  const geometry = windowGeometry(site.inputs[0]!.shape, kernel, site.node.attributes);
  const inputs = kernel[0] * kernel[1] * channels;
  return {
    filters,
    kernel,
    channels,
    geometry,
    positions: geometry.output[0] * geometry.output[1],
    /** Bytes that lie side by side: a row of the window. */
    run: kernel[1] * channels,
    inputs,
    /** Of four weights each. */
    words: Math.ceil(inputs / 4),
  };
}

function driverData(site: Site<'conv2d'>) {
  const { channels, geometry, inputs, words } = sizesOf(site);
  const { input, strides, dilations, before } = geometry;
  const times = (factor: number): string => (factor === 1 ? '' : ` * ${cInt(factor)}`);
  const less = (amount: number): string => (amount === 0 ? '' : ` - ${cInt(amount)}`);
  return {
    ...runData(site),
    tail: inputs % 4 !== 0,
    inputWords: cInt(2 * inputs),
    patchWords: cInt(8 * words),
    inputLine: cInt(input[1] * channels),
    strideRows: times(strides[0]),
    strideColumns: times(strides[1]),
    beforeRows: less(before[0]),
    beforeColumns: less(before[1]),
    dilated: times(dilations[0]),
  };
}

/** The packed layer, once for each node; null where this kernel cannot serve it. */
const layerOf = oncePerNode((site: Site<'conv2d'>): PositionLayer | null => (isPlainInt8(site) ? pack(site) : null));

function pack(site: Site<'conv2d'>): PositionLayer | null {
  const { filters, inputs, words } = sizesOf(site);
  const weights = site.inputs[1]!.data as Int8Array;
  const rows = Array.from({ length: filters }, (_, o) => {
    const row = new Int8Array(4 * words);
    row.set(weights.subarray(o * inputs, (o + 1) * inputs));
    return row;
  });
  return positionLayerOf(weightedOf(site), site.node.attributes.activation, `node '${site.node.name}'`, rows);
}
