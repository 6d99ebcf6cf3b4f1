import type { FileNode } from './file-model.js';
import { asNumber, ATTRIBUTE_TYPE } from './proto.js';

/**
 * Operators on integers (QLinearConv and its like) as what they are made of: DequantizeLinear of each operand, the operator,
 * QuantizeLinear of the result.
 */
export function expandQuantized(node: FileNode): readonly FileNode[] {
  const operator = OPERATORS[node.op];
  if (operator === undefined) return [node];
  const { op, operands, result, bias, axis = 1 } = operator;
  const isTransposed = asNumber(node.attributes.get('transB')?.i ?? 0) !== 0;
  const along = axis === 'transB' ? Number(!isTransposed) : axis;
  const [y = ''] = node.outputs;
  const at = (i: number): string => node.inputs[i] ?? '';
  // Names with a line break are none of a file's own.
  const hidden = (what: string): string => `${node.name}\n${y}\n${what}`;
  const plain = (name: string, kind: string, inputs: readonly string[], output: string): FileNode => ({
    name,
    op: kind,
    inputs,
    outputs: [output],
    attributes: new Map([['axis', { name: 'axis', type: ATTRIBUTE_TYPE.int, i: along }]]),
  });
  const reals = operands.map((i, k) =>
    plain(`${node.name}/operand_${k}`, 'DequantizeLinear', [at(i), at(i + 1), at(i + 2)], hidden(`operand ${k}`)),
  );
  const main: FileNode = {
    ...node,
    op,
    inputs: [...reals.map(({ outputs }) => outputs[0]!), ...(bias === undefined ? [] : [at(bias)])],
    outputs: [hidden('result')],
  };
  const last = plain(`${node.name}/quantize`, 'QuantizeLinear', [hidden('result'), at(result), at(result + 1)], y);
  return [...reals, main, last];
}

/** Where x, its scale and its zero point stand among the inputs, for each operand, and where those of the result begin. */
interface Expansion {
  readonly op: string;
  readonly operands: readonly number[];
  readonly result: number;
  /** The bias, which has the scale that the operands give it. */
  readonly bias?: number;
  /** The dimension along which weights have their scales. */
  readonly axis?: number | 'transB';
}

const OPERATORS: Readonly<Record<string, Expansion>> = {
  QLinearConv: { op: 'Conv', operands: [0, 3], result: 6, bias: 8, axis: 0 },
  QLinearMatMul: { op: 'MatMul', operands: [0, 3], result: 6 },
  'com.microsoft.QGemm': { op: 'Gemm', operands: [0, 3], result: 7, bias: 6, axis: 'transB' },
  'com.microsoft.QLinearAdd': { op: 'Add', operands: [0, 3], result: 6 },
  'com.microsoft.QLinearMul': { op: 'Mul', operands: [0, 3], result: 6 },
  'com.microsoft.QLinearSigmoid': { op: 'Sigmoid', operands: [0], result: 3 },
  'com.microsoft.QLinearLeakyRelu': { op: 'LeakyRelu', operands: [0], result: 3 },
  'com.microsoft.QLinearAveragePool': { op: 'AveragePool', operands: [0], result: 3 },
  'com.microsoft.QLinearGlobalAveragePool': { op: 'GlobalAveragePool', operands: [0], result: 3 },
  'com.microsoft.QLinearSoftmax': { op: 'Softmax', operands: [0], result: 3 },
};
