import { formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { type PairLayer, pairLayerOf } from '../../../isa/armv7e-m/pair-layer.js';
import { tileParts } from '../../../isa/armv7e-m/parts.js';
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
const POSITIONS = 3;

/**
 * Three positions times two output channels at a time. Their inputs are gathered as 16 bits first; then one function, shared
 * by layers, goes over all channels.
 */
export const conv2dPairs: Kernel<'conv2d'> = {
  name: 'conv2d-pairs',
  isa: 'armv7e-m',
  template: 'operators/conv2d/kernels/pairs.armv7e-m.c.hbs',
  accepts: (site) => layerOf(site) !== null,
  cost: (site) => {
    const { positions, rows, steps, filters } = sizesOf(site);
    const pairs = Math.ceil(filters / 2);
    // Counted on Cortex-M4: 17 instructions a step, 40 for the outputs of a pair, 12 for four inputs of each position.
    const tile = pairs * (40 + 17.5 * steps) + 12 * steps + 20 * rows + 60;
    return {
      instructions: Math.ceil(positions / POSITIONS) * tile,
      constantBytes: layerOf(site)!.weights.byteLength,
    };
  },
  lower: (site) => {
    const { attributes } = site.node;
    const weighted = weightedOf(site);
    const sizes = sizesOf(site);
    const { oneShift, bounds, weights } = layerOf(site)!;
    const { parts, data } = tileParts(oneShift, bounds, { ...sizes, copied: sizes.padded && !isShort(sizes) });
    const tables = [{ role: 'weights', values: weights, comment: tableComment(sizes) }];
    const inner = 'bias[o] + sum w[o][i][j][k] * (x[r+i][c+j][k] - zero_x)';
    const scratch = [
      { dtype: 'int32' as const, elements: 2 * POSITIONS * sizes.steps },
      ...(sizes.padded
        ? [{ dtype: 'int8' as const, elements: (1 + POSITIONS * Math.max(1, sizes.joined)) * sizes.run }]
        : []),
    ];
    const names = { inputs: ['x'], outputs: ['y'], scratch: ['patches', 'border'] };
    return {
      data: {
        ...data,
        ...driverData(site),
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(attributes.activation, inner)}`,
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

function tableComment({ filters, runs, run, runWords, tail, joined }: ReturnType<typeof sizesOf>): string {
  const rest = joined > 0 ? ', what is left of each four behind them all' : `, filled up to ${4 * runWords + 4}`;
  const order = `${runs} runs of ${run} inputs${tail > 0 ? rest : ''}`;
  return `${filters} output channels, two by two: where their sums start, the weights of ${order}, multipliers and constants`;
}

/** Whether a run is copied sooner byte by byte than by three calls. */
function isShort({ run }: { readonly run: number }): boolean {
  return run < 24;
}

/** How the convolution's inputs lie: each row of the window is one run, or, of a 1x1 window, each position. */
function sizesOf(site: Site<'conv2d'>) {
  const { filters, kernel, channels } = filterSizes(site);
  const geometry = windowGeometry(site.inputs[0]!.shape, kernel, site.node.attributes);
  const run = kernel[1] * channels;
  const [runWords, tail] = [Math.floor(run / 4), run % 4];
  const joined = runWords > 0 && kernel[0] > 1 && tail > 0 && tail * kernel[0] <= 4 ? kernel[0] : 0;
  return {
    filters,
    channels,
    geometry,
    positions: geometry.output[0] * geometry.output[1],
    padded: geometry.padded,
    runs: kernel[0],
    run,
    runWords,
    tail,
    /** Runs whose last bytes share a word; 0 if each has its own. */
    joined,
    rows: kernel[0],
    /** Of four inputs. */
    steps: joined > 0 ? kernel[0] * runWords + 1 : kernel[0] * Math.ceil(run / 4),
  };
}

function driverData(site: Site<'conv2d'>) {
  const { channels, geometry, positions, padded, runWords, joined } = sizesOf(site);
  const { input, output, kernel, strides, dilations, before } = geometry;
  return {
    ...runData(site),
    even: positions % POSITIONS === 0,
    // Without a window or a step the positions lie side by side.
    dense: !padded && output[1] === input[1] && strides[0] === 1 && strides[1] === 1,
    single: !padded && kernel[0] === 1,
    strideRows: cInt(strides[0]),
    strideColumns: cInt(strides[1]),
    beforeRows: cInt(before[0]),
    beforeColumns: cInt(before[1]),
    dilated: dilations[0] === 1 ? '' : ` * ${cInt(dilations[0])}`,
    rowStep: cInt(dilations[0] * input[1] * channels),
    runWords: cInt(runWords),
    joined: joined > 0,
    tapCount: cInt(3 * kernel[0]),
    short: isShort(sizesOf(site)),
  };
}

/** The packed layer, once for each node; null where this kernel cannot serve it. */
const layerOf = oncePerNode((site: Site<'conv2d'>): PairLayer | null => (isPlainInt8(site) ? pack(site) : null));

function pack(site: Site<'conv2d'>): PairLayer | null {
  const { filters, kernel } = filterSizes(site);
  const weights = site.inputs[1]!.data as Int8Array;
  const { run, steps, runWords, tail, joined } = sizesOf(site);
  const whole = 4 * runWords;
  const padded = joined > 0 ? whole : 4 * Math.ceil(run / 4);
  const rows = Array.from({ length: filters }, (_, o) => {
    const row = new Int8Array(4 * steps);
    for (let i = 0; i < kernel[0]; i++) {
      const from = (o * kernel[0] + i) * run;
      row.set(weights.subarray(from, from + (joined > 0 ? whole : run)), i * padded);
      if (joined > 0) row.set(weights.subarray(from + whole, from + run), joined * whole + i * tail);
    }
    return row;
  });
  return pairLayerOf(weightedOf(site), site.node.attributes.activation, `node '${site.node.name}'`, rows, 1);
}
