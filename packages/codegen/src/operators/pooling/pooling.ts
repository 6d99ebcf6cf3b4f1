import {
  type Activation,
  elementCount,
  type HeightWidth,
  type NodeOf,
  type Padding,
  ShapeError,
  type Shape,
  type Tensor,
} from '@kiln/ir';
import type { SupportName } from '../../arithmetic/support.js';
import { C_TYPE } from '../../emit/c-types.js';
import { integerActivationRange } from '../activation.js';
import type { Kernel } from '../kernel.js';
import { type Evaluate, IN_PLACE, type MemoryUse, type Operator, SEPARATE } from '../operator.js';
import { parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { forEachWindow, type WindowGeometry, windowGeometry } from '../window.js';
import { windowData } from '../window-data.js';
import { windowOverlaps } from '../window-overlap.js';
import { poolingProblems } from './pooling-problems.js';

export type PoolName = 'averagePool2d' | 'l2Pool2d' | 'maxPool2d';

/** What becomes of the values of one window: in TypeScript, and as C with a tap's value in `value`. */
export interface WindowFormula {
  readonly start: number;
  readonly step: (result: number, value: number) => number;
  /** From the last result and the number of taps that lie inside the input. */
  readonly finish: (result: number, count: number) => number;
  readonly startLines: readonly string[];
  readonly stepLines: readonly string[];
  /** Given the number of taps where it is the same for all windows; otherwise the C has it in `count`. */
  readonly finishLines: (count: number | null) => readonly string[];
  /** An expression of the output's type. */
  readonly result: string;
  /** Whether `finishLines` read the count. */
  readonly counts: boolean;
  readonly supports?: readonly SupportName[];
}

/** What sets one pooling operator apart from the others. */
export interface Pooling<K extends PoolName> {
  readonly op: K;
  readonly summary: string;
  readonly dtypes: Operator<K>['dtypes'];
  readonly exactness: string;
  readonly formula: (activation: Activation, output: Tensor) => WindowFormula;
}

interface PoolAttributes {
  readonly window: HeightWidth;
  readonly strides: HeightWidth;
  readonly padding: Padding;
  readonly activation: Activation;
}

/** An operator on the windows of a picture, [N, H, W, C] -> [N, H', W', C]; what lies in the padding does not count. */
export function poolingOperator<K extends PoolName>(pooling: Pooling<K>): Operator<K> {
  return {
    op: pooling.op,
    summary: pooling.summary,
    dtypes: pooling.dtypes,
    exactness: pooling.exactness,
    memory: memoryOf,
    inferShapes,
    problems: (site) => poolingProblems(site, pooling.dtypes),
    reference: (site) => evaluation(site, pooling.formula(attributesOf(site).activation, site.outputs[0]!)),
    quantizer: { output: pooling.dtypes.includes('int8') ? 'as-input' : 'float32', constants: () => [] },
    macs: () => 0,
    kernels: [poolingKernel(pooling)],
  };
}

function attributesOf({ node }: { readonly node: { readonly attributes: object } }): PoolAttributes {
  return node.attributes as PoolAttributes;
}

function geometryOf(site: Pick<Site<PoolName>, 'node' | 'inputs'>): WindowGeometry {
  const attributes = attributesOf(site);
  return windowGeometry(site.inputs[0]!.shape, attributes.window, attributes);
}

/** Without padding outputs may be written over inputs: none lies behind the first element of a window still to be read. */
function memoryOf<K extends PoolName>(site: Site<K>): MemoryUse {
  return geometryOf(site).padded ? SEPARATE : IN_PLACE;
}

function inferShapes<K extends PoolName>(node: NodeOf<K>, inputs: readonly Tensor[]): readonly Shape[] {
  const where = `node '${node.name}'`;
  const x = inputs[0]!;
  if (x.shape.length !== 4) {
    const message = `input '${x.name}' has ${x.shape.length} dimensions, pooling needs 4: batch, height, width, channels`;
    throw new ShapeError('E-POOL-RANK', where, message, 'Check the layer that produces the input');
  }
  const { batches, output, kernel } = geometryOf({ node, inputs });
  if (output[0] < 1 || output[1] < 1) {
    const message = `a ${kernel.join('x')} window finds no place in an input of ${x.shape[1]}x${x.shape[2]}`;
    throw new ShapeError('E-POOL-EMPTY', where, message, "Use padding 'same' or a smaller window");
  }
  return [[batches, output[0], output[1], x.shape[3]!]];
}

function evaluation<K extends PoolName>(site: Site<K>, { start, step, finish }: WindowFormula): Evaluate {
  const channels = site.inputs[0]!.shape[3]!;
  const geometry = geometryOf(site);
  return ([input], [output]) => {
    forEachWindow(geometry, channels, (position, taps, count) => {
      for (let k = 0; k < channels; k++) {
        let result = start;
        for (let t = 0; t < count; t++) result = step(result, input![taps[2 * t]! + k]!);
        output![position * channels + k] = finish(result, count);
      }
    });
  };
}

function poolingKernel<K extends PoolName>({ op, summary, formula }: Pooling<K>): Kernel<K> {
  return {
    name: op,
    isa: 'portable',
    template: 'operators/pooling/kernels/pooling.portable.c.hbs',
    accepts: () => true,
    cost: (site) => {
      const { kernel } = geometryOf(site);
      return { instructions: 6 * elementCount(site.outputs[0]!.shape) * kernel[0] * kernel[1], constantBytes: 0 };
    },
    lower: (site) => {
      const [x, y] = [site.inputs[0]!, site.outputs[0]!];
      const geometry = geometryOf(site);
      const channels = x.shape[3]!;
      const { startLines, stepLines, finishLines, result, counts, supports } = formula(
        attributesOf(site).activation,
        y,
      );
      return {
        data: {
          ...windowData(geometry, channels),
          formula: summary,
          parameters: parameterText(site, { tables: [] }, { inputs: ['x'], outputs: ['y'] }, true),
          type: x.dtype === 'float32' ? 'float' : 'int32_t',
          counts: counts && geometry.padded,
          startLines: [...startLines],
          stepLines: [...stepLines],
          finishLines: [...finishLines(geometry.padded ? null : geometry.kernel[0] * geometry.kernel[1])],
          result,
        },
        tables: [],
        scratch: [],
        supports: supports ?? [],
        overlaps: windowOverlaps(site, { geometry, channels, filters: channels, order: 'channels' }),
      };
    },
  };
}

/** An int32 within the activation's range, as the output's type: text, function and what it needs. */
export function bounded(activation: Activation, y: Tensor) {
  const { low, high } = integerActivationRange(activation, y);
  return {
    evaluate: (value: number): number => Math.max(low, Math.min(high, value)),
    result: (name: string): string =>
      `(${C_TYPE[y.dtype]})${activation === 'none' ? name : `clamp(${name}, ${low}, ${high})`}`,
    supports: activation === 'none' ? [] : (['clamp'] as const),
  };
}
