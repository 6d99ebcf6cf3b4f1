import { type DType, equalQuantization } from '@kiln/ir';
import { type Requantization, requantizationOf } from '../../arithmetic/requantization.js';
import { cInt } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import {
  type Clamp,
  floatActivation,
  floatActivationLines,
  integerActivationRange,
  integerLimits,
} from '../activation.js';
import { clamped } from '../pointwise/clamped.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import { rescale } from '../pointwise/rescale.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { elementProblems } from '../element-problems.js';

type ClampName = Exclude<Clamp, 'none'>;

function clampingOperator<K extends ClampName>(op: K, summary: string, dtypes: readonly DType[], instructions: number) {
  return pointwiseOperator<K>({
    op,
    summary,
    dtypes,
    // A relu loses no more than the grid of its input does; bounded ones have a grid of their own, which is finer.
    quantizer: op === 'relu' ? 'as-input' : 'calibrated',
    instructions,
    problems: elementProblems,
    formula: (site) => {
      const [x, y] = [site.inputs[0]!, site.outputs[0]!];
      if (x.dtype === 'float32') return floatFormula(op);
      return equalQuantization(x.quantization, y.quantization) ? keptFormula(op, site) : requantizedFormula(op, site);
    },
  });
}

export const relu = clampingOperator('relu', 'y = max(x, 0)', ['float32', 'int8', 'int16', 'uint8'], 5);
export const relu6 = clampingOperator('relu6', 'y = min(max(x, 0), 6)', ['float32', 'int8', 'int16', 'uint8'], 8);
export const reluN1To1 = clampingOperator('reluN1To1', 'y = min(max(x, -1), 1)', ['float32', 'int8', 'uint8'], 8);
export const relu0To1 = clampingOperator('relu0To1', 'y = min(max(x, 0), 1)', ['float32', 'int8', 'uint8'], 8);

function floatFormula(op: ClampName): Formula {
  const lines = ['float result = value;', ...floatActivationLines(op, 'result')];
  const evaluate = floatActivation(op);
  return op === 'relu' ? { evaluate, result: 'value > 0.0f ? value : 0.0f' } : { evaluate, lines, result: 'result' };
}

/** Input and result have one grid: the integers stay as they are, between the bounds. */
function keptFormula(op: ClampName, { outputs }: Site<ClampName>): Formula {
  const y = outputs[0]!;
  const { low, high } = integerActivationRange(op, y);
  const type = C_TYPE[y.dtype];
  const isOpen = high === integerLimits(y.dtype).high;
  return {
    evaluate: (value) => Math.max(low, Math.min(high, value)),
    result: isOpen
      ? `(${type})(value > ${cInt(low)} ? value : ${cInt(low)})`
      : `(${type})clamp(value, ${cInt(low)}, ${cInt(high)})`,
    supports: isOpen ? [] : ['clamp'],
  };
}

/**
 * y = clamp(z_y + requantize(x - z_x)).
 *
 * Source: TensorFlow Lite Micro, `ReluQuantized`; TensorFlow Lite, `QuantizedReluX`, for what Micro lacks and for `relu6`,
 * where Micro leaves the result on the input's scale.
 */
function requantizedFormula(op: ClampName, site: Site<ClampName>): Formula {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  const scaled = rescale(scaleRatio(op, site), zeroPointOf(x), 0);
  const { low, high } = integerActivationRange(op, y);
  const zero = zeroPointOf(y);
  return {
    evaluate: (value) => Math.max(low, Math.min(high, zero + scaled.evaluate(value))),
    ...clamped(scaled.text('value'), op, y),
  };
}

/** Micro divides the scales as doubles, TensorFlow Lite as floats. */
function scaleRatio(op: ClampName, { node, inputs, outputs }: Site<ClampName>): Requantization {
  const ratio = scaleOf(inputs[0]!) / scaleOf(outputs[0]!);
  const byMicro = op === 'relu' && inputs[0]!.dtype !== 'uint8';
  return requantizationOf(byMicro ? ratio : Math.fround(ratio), `node '${node.name}'`);
}
