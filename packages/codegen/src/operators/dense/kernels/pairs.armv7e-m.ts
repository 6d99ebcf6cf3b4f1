import { cInt } from '../../../emit/c-literal.js';
import { type PairLayer, pairLayerOf } from '../../../isa/armv7e-m/pair-layer.js';
import { rowParts } from '../../../isa/armv7e-m/parts.js';
import { activationFormula } from '../../activation.js';
import type { Kernel, Overlap } from '../../kernel.js';
import { oncePerNode } from '../../once-per-node.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { weightedOf, zeroPointOf } from '../../weighted.js';

/** Rows that are computed together. */
const ROWS = 6;

/** Six outputs of one vector at a time, whose inputs are expanded to 16 bits first. */
export const densePairs: Kernel<'dense'> = {
  name: 'dense-pairs',
  isa: 'armv7e-m',
  template: 'operators/dense/kernels/pairs.armv7e-m.c.hbs',
  accepts: (site) => layerOf(site) !== null,
  cost: (site) => {
    const { units, steps } = sizesOf(site);
    // Counted on Cortex-M4: 21 instructions a step, 50 for six outputs, 6 to expand four inputs.
    return {
      instructions: Math.ceil(units / ROWS) * (50 + 22 * steps) + 6 * steps + 40,
      constantBytes: layerOf(site)!.weights.byteLength,
    };
  },
  lower: (site) => {
    const { activation } = site.node.attributes;
    const { units, features, steps } = sizesOf(site);
    const { oneShift, bounds, weights, groupWords } = layerOf(site)!;
    const { parts, data } = rowParts(oneShift, bounds, features, steps);
    const full = Math.floor(units / ROWS);
    const comment = `${units} rows, six by six as three pairs: where their sums start, the weights, multipliers and constants`;
    const tables = [{ role: 'weights', values: weights, comment }];
    const scratch = [{ dtype: 'int32' as const, elements: 2 * steps }];
    return {
      data: {
        ...data,
        featureWords: cInt(Math.floor(features / 4)),
        full: full > 0,
        fullWords: cInt(full * groupWords),
        fullUnits: cInt(full * ROWS),
        words: cInt(weights.length),
        rest: units % ROWS > 0,
        restUnits: cInt(units % ROWS),
        formula: `y[${units}] = ${activationFormula(activation, `W[${units}][${features}] * (x[${features}] - zero_x) + b`)}`,
        parameters: parameterText(
          site,
          { tables, scratch },
          { inputs: ['x'], outputs: ['y'], scratch: ['inputs'] },
          'all',
        ),
      },
      tables,
      scratch,
      supports: [],
      overlaps: overlapsOf(steps),
      parts,
    };
  },
};

/** All inputs are expanded before any output is written. Four of them become eight bytes: these reach the inputs from below. */
function overlapsOf(steps: number): readonly Overlap[] {
  return [
    { writer: 'output', index: 0, over: 0, most: Infinity, step: 1 },
    { writer: 'scratch', index: 0, over: 0, most: -4 * steps, step: 1 },
  ];
}

function sizesOf({ inputs }: Site<'dense'>) {
  const [units, features] = inputs[1]!.shape as [number, number];
  return { units, features, steps: Math.ceil(features / 4) };
}

/** The packed layer, once for each node; null where this kernel cannot serve it. */
const layerOf = oncePerNode((site: Site<'dense'>): PairLayer | null => (accepts(site) ? pack(site) : null));

function accepts({ inputs: [x, weights, bias] }: Site<'dense'>): boolean {
  const isPlain = x!.shape[0] === 1 && weights!.data !== null && bias!.dtype === 'int32';
  return isPlain && x!.dtype === 'int8' && zeroPointOf(weights!) === 0;
}

function pack(site: Site<'dense'>): PairLayer | null {
  const { units, features, steps } = sizesOf(site);
  const weights = site.inputs[1]!.data as Int8Array;
  const rows = Array.from({ length: units }, (_, o) => {
    const row = new Int8Array(4 * steps);
    row.set(weights.subarray(o * features, (o + 1) * features));
    return row;
  });
  return pairLayerOf(weightedOf(site), site.node.attributes.activation, `node '${site.node.name}'`, rows, 3);
}
