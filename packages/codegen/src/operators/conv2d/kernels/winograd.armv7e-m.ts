import { formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { type ShiftedLayer, shiftedLayerOf } from '../../../isa/armv7e-m/shifted-layer.js';
import { POSITIONS, TILES, winogradParts } from '../../../isa/armv7e-m/winograd-parts.js';
import { winogradWords } from '../../../isa/armv7e-m/winograd-weights.js';
import { activationFormula } from '../../activation.js';
import type { Kernel } from '../../kernel.js';
import { oncePerNode } from '../../once-per-node.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { weightedOf, zeroPointOf } from '../../weighted.js';
import { windowGeometry } from '../../window.js';
import { windowOverlaps } from '../../window-overlap.js';
import { filterSizes, isPlainInt8 } from '../filter-sizes.js';

/**
 * 3x3 windows that move by one, as F(2x2, 3x3) in integers: 16 products for four outputs instead of 36, exactly, for 3.6 times the bytes of
 * weights. Three tiles are transformed, then multiplied with all output channels.
 */
export const conv2dWinograd: Kernel<'conv2d'> = {
  name: 'conv2d-winograd',
  isa: 'armv7e-m',
  template: 'operators/conv2d/kernels/winograd.armv7e-m.c.hbs',
  accepts: (site) => layerOf(site) !== null,
  cost: (site) => {
    const { filters, channels, tiles } = sizesOf(site);
    const steps = channels / 2;
    // Counted on Cortex-M4: 8 instructions a step at each position and 14 around them, 100 for a tile's outputs of two channels, 57 for
    // the transform of a tile of two channels.
    const pair = POSITIONS * (8 * steps + 2 * Math.ceil(steps / 4) + 14) + TILES * 105 + 12;
    const triples = Math.ceil((tiles[0] * tiles[1]) / TILES);
    return {
      instructions: triples * ((filters / 2) * pair + TILES * (115 * steps + 120) + 60),
      constantBytes: layerOf(site)!.words.byteLength,
    };
  },
  lower: (site) => {
    const { attributes } = site.node;
    const sizes = sizesOf(site);
    const { filters, channels, geometry } = sizes;
    const { oneShift, bounds, words } = layerOf(site)!;
    const { parts, data } = winogradParts(oneShift, bounds, channels / 2);
    const inner = 'bias[o] + sum w[o][i][j][k] * (x[r+i][c+j][k] - zero_x)';
    const comment = `${filters} output channels, two by two: 3x3 weights transformed to 4x4 positions, where their sums start, multipliers and constants`;
    const tables = [{ role: 'weights', values: words, comment }];
    const scratch = [
      { dtype: 'int32' as const, elements: (TILES * POSITIONS * channels) / 2 },
      ...(isBordered(sizes) ? [{ dtype: 'int8' as const, elements: 5 * 4 * channels }] : []),
    ];
    const names = { inputs: ['x'], outputs: ['y'], scratch: ['patches', 'border'] };
    return {
      data: {
        ...data,
        ...driverData(site),
        formula: `y[${formatShape(weightedOf(site).y.shape)}] = ${activationFormula(attributes.activation, inner)}`,
        parameters: parameterText(site, { tables, scratch }, names, true),
        words: cInt(words.length),
      },
      tables,
      scratch,
      supports: [],
      overlaps: windowOverlaps(site, { geometry, channels, filters, order: { tile: 2, together: TILES } }),
      parts,
    };
  },
};

function sizesOf(site: Site<'conv2d'>) {
  const { filters, kernel, channels } = filterSizes(site);
  const geometry = windowGeometry(site.inputs[0]!.shape, kernel, site.node.attributes);
  const tiles = [Math.ceil(geometry.output[0] / 2), Math.ceil(geometry.output[1] / 2)] as const;
  return { filters, channels, geometry, tiles };
}

/** Whether some tile reaches outside the input. */
function isBordered({ geometry: { padded, output } }: ReturnType<typeof sizesOf>): boolean {
  return padded || output[0] % 2 === 1 || output[1] % 2 === 1;
}

function driverData(site: Site<'conv2d'>) {
  const sizes = sizesOf(site);
  const { filters, channels, geometry, tiles } = sizes;
  const { input, output, before } = geometry;
  const zeroPoint = zeroPointOf(site.inputs[0]!);
  const behindOf = (value: number): string => (value === 0 ? '' : ` - ${cInt(value)}`);
  return {
    tileCount: cInt(tiles[0] * tiles[1]),
    tileColumns: cInt(tiles[1]),
    lastTile: cInt(tiles[0] * tiles[1] - 1),
    even: (tiles[0] * tiles[1]) % TILES === 0,
    ragged: output[0] % 2 === 1 || output[1] % 2 === 1,
    bordered: isBordered(sizes),
    filters: cInt(filters),
    channels: cInt(channels),
    outputWidth: cInt(output[1]),
    outputHeight: cInt(output[0]),
    outputLine: cInt(output[1] * filters),
    inputHeight: cInt(input[0]),
    inputWidth: cInt(input[1]),
    beforeRows: behindOf(before[0]),
    beforeColumns: behindOf(before[1]),
    /** Whether some window's row lies inside whole. */
    fits: input[1] >= 4,
    lastColumn: cInt(input[1] - 4),
    run: cInt(4 * channels),
    padding: cInt(zeroPoint),
  };
}

interface WinogradLayer extends ShiftedLayer {
  readonly words: Int32Array;
}

/** The packed layer, once for each node; null where this kernel cannot serve it. */
const layerOf = oncePerNode((site: Site<'conv2d'>): WinogradLayer | null => (accepts(site) ? pack(site) : null));

function accepts(site: Site<'conv2d'>): boolean {
  const { strides, dilations } = site.node.attributes;
  const { filters, kernel, channels } = filterSizes(site);
  const isWindow = kernel.join() === '3,3' && strides.join() === '1,1' && dilations.join() === '1,1';
  return isWindow && channels % 4 === 0 && filters % 2 === 0 && isPlainInt8(site);
}

function pack(site: Site<'conv2d'>): WinogradLayer | null {
  const { filters, channels } = sizesOf(site);
  const weights = site.inputs[1]!.data as Int8Array;
  const windows = Array.from({ length: filters }, (_, o) => weights.subarray(o * 9 * channels, (o + 1) * 9 * channels));
  const where = `node '${site.node.name}'`;
  const layer = shiftedLayerOf(weightedOf(site), site.node.attributes.activation, where, windows);
  // The outputs of a tile have no register left for shifts of their own.
  if (layer === null || layer.oneShift.shift === null) return null;
  return { ...layer, words: winogradWords(layer, windows, channels) };
}
