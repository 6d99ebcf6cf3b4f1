import type { NumberData } from '@kiln/ir';
import { floatLogistic } from '../../arithmetic/float-logistic.js';
import { floatTanh } from '../../arithmetic/float-tanh.js';
import { requantize, requantizeWide } from '../../arithmetic/requantization.js';
import { logisticOfInt16, tanhOfInt16 } from '../../arithmetic/sigmoid-table.js';
import { integerLimits } from '../activation.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { zeroPointOf } from '../weighted.js';
import { CELL_GATE, GATES, lstmScales, lstmSizes, lstmTensors, stepOf } from './lstm-scales.js';

/** What sets the float and the integer cell apart. */
interface CellArithmetic {
  /** The value of one gate: sums of products with x and with the hidden state, and the bias, through its function. */
  readonly gate: (gate: number, products: number, bias: number, recurrent: number) => number;
  readonly multiplyAdd: (sum: number, a: number, b: number) => number;
  /** The cell state of forget * cell + input * fresh. */
  readonly cell: (forget: number, cell: number, input: number, fresh: number) => number;
  readonly hidden: (cell: number, output: number) => number;
  readonly zeroX: number;
  readonly zeroHidden: number;
}

const { fround } = Math;

function floatCell({ node }: Site<'unidirectionalSequenceLstm'>): CellArithmetic {
  const clip = fround(node.attributes.cellClip);
  const clipped = (value: number): number => {
    const lowered = value < clip ? value : clip;
    return lowered > -clip ? lowered : -clip;
  };
  return {
    gate: (gate, products, bias, recurrent) => {
      const sum = fround(fround(products + bias) + recurrent);
      return gate === CELL_GATE ? floatTanh(sum) : floatLogistic(sum);
    },
    multiplyAdd: (sum, a, b) => fround(sum + fround(a * b)),
    cell: (forget, cell, input, fresh) => {
      const value = fround(fround(forget * cell) + fround(input * fresh));
      return clip > 0 ? clipped(value) : value;
    },
    hidden: (cell, output) => fround(floatTanh(cell) * output),
    zeroX: 0,
    zeroHidden: 0,
  };
}

/** Gates have units of 2^-12 before their functions and of 2^-15 behind them; all sums saturate at 16 bits. */
function integerCell(site: Site<'unidirectionalSequenceLstm'>): CellArithmetic {
  const { x, hidden } = lstmTensors(site);
  const { gates, kept, fresh, shown, tangent, clip } = lstmScales(site);
  const round = x.dtype === 'int16' ? requantizeWide : requantize;
  const saturated = (value: number): number => Math.max(-32768, Math.min(32767, value));
  const { low, high } = integerLimits(hidden.dtype);
  const zeroHidden = zeroPointOf(hidden);
  return {
    gate: (gate, products, bias, recurrent) => {
      const [a, b] = [round(products + bias, gates[gate]!), round(recurrent, gates[gate + GATES.length]!)];
      const sum = saturated(saturated(a) + saturated(b));
      const plain = { multiplier: 3, shift: 0 };
      return gate === CELL_GATE ? tanhOfInt16(sum, plain) : logisticOfInt16(sum, plain);
    },
    multiplyAdd: (sum, a, b) => sum + a * b,
    cell: (forget, cell, input, value) => {
      const sum = saturated(saturated(requantize(forget * cell, kept)) + saturated(requantize(input * value, fresh)));
      return clip === null ? sum : Math.max(-clip, Math.min(clip, sum));
    },
    hidden: (cell, output) => {
      const value = requantize(tanhOfInt16(cell, tangent) * output, shown);
      return Math.max(low, Math.min(high, zeroHidden + value));
    },
    zeroX: zeroPointOf(x),
    zeroHidden,
  };
}

/**
 * For each batch and step, with i, f, g, o the gates, from the hidden state h before it:
 *
 *   gate = function(sum over x of x * weights + bias + sum over h of h * recurrent)
 *   cell = clip(f * cell + i * g)      h = y = o * tanh(cell)
 */
export function lstmReference(site: Site<'unidirectionalSequenceLstm'>): Evaluate {
  const sizes = lstmSizes(site);
  const { steps, batches, features, units } = sizes;
  const at = stepOf(sizes, site.node.attributes.timeMajor);
  const tensors = lstmTensors(site);
  const arithmetic = tensors.x.dtype === 'float32' ? floatCell(site) : integerCell(site);
  const constants = [tensors.weights, tensors.recurrent].map((list) => list.map(({ data }) => data as NumberData));
  const biases = tensors.biases.map(({ data }) => Float64Array.from(data as NumberData, Number));
  const gates = new Float64Array(GATES.length * units);
  const sumOf = (values: NumberData, from: number, length: number, zero: number, matrix: NumberData, row: number) => {
    let sum = 0;
    for (let i = 0; i < length; i++)
      sum = arithmetic.multiplyAdd(sum, values[from + i]! - zero, matrix[row * length + i]!);
    return sum;
  };
  return (inputs, [y, hidden, cell]) => {
    hidden!.set(inputs[13]!);
    cell!.set(inputs[14]!);
    for (let n = 0; n < batches; n++) {
      for (let t = 0; t < steps; t++) {
        for (let o = 0; o < gates.length; o++) {
          const [gate, unit] = [Math.floor(o / units), o % units];
          const [matrix, recurrent] = constants.map((list) => list[gate]!) as [NumberData, NumberData];
          const products = sumOf(inputs[0]!, at(n, t) * features, features, arithmetic.zeroX, matrix, unit);
          const past = sumOf(hidden!, n * units, units, arithmetic.zeroHidden, recurrent, unit);
          gates[o] = arithmetic.gate(gate, products, biases[gate]![unit]!, past);
        }
        for (let u = 0; u < units; u++) {
          const [input, forget, fresh, output] = GATES.map((gate) => gates[gate * units + u]!);
          const place = n * units + u;
          cell![place] = arithmetic.cell(forget!, cell![place]!, input!, fresh!);
          hidden![place] = arithmetic.hidden(cell![place], output!);
          y![at(n, t) * units + u] = hidden![place];
        }
      }
    }
  };
}
