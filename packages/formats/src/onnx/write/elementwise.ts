import type { OpName } from '@kiln/ir';
import { DATA_TYPE } from '../proto.js';
import { float, int } from './graph-writer.js';
import { inOrder, last, type NodeSite, type NodeWriters, unwritable } from './node-site.js';

/** Operators that ONNX has under a name of its own: on one operand, or on several that are broadcast. */
const SAME = {
  relu: 'Relu',
  elu: 'Elu',
  logistic: 'Sigmoid',
  tanh: 'Tanh',
  abs: 'Abs',
  neg: 'Neg',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  sin: 'Sin',
  cos: 'Cos',
  ceil: 'Ceil',
  floor: 'Floor',
  round: 'Round',
  sign: 'Sign',
  maximum: 'Max',
  minimum: 'Min',
  pow: 'Pow',
  equal: 'Equal',
  less: 'Less',
  lessEqual: 'LessOrEqual',
  greater: 'Greater',
  greaterEqual: 'GreaterOrEqual',
  logicalNot: 'Not',
  logicalAnd: 'And',
  logicalOr: 'Or',
  select: 'Where',
  prelu: 'PRelu',
} as const satisfies Partial<Record<OpName, string>>;

const ARITHMETIC = { add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div' } as const;

const sameWriters = Object.fromEntries(
  Object.entries(SAME).map(([op, name]) => [
    op,
    (site: NodeSite<keyof typeof SAME>) => inOrder(site.add(name, site.readAll(site.order)), site.order),
  ]),
) as NodeWriters;

const arithmeticWriters = Object.fromEntries(
  Object.entries(ARITHMETIC).map(([op, name]) => [
    op,
    (site: NodeSite<keyof typeof ARITHMETIC>) => {
      const y = site.add(name, site.readAll(site.order));
      return inOrder(site.activated(y, site.node.attributes.activation), site.order);
    },
  ]),
) as NodeWriters;

type Formula<K extends OpName> = (site: NodeSite<K>, x: string) => string;

/** y = f(x) in the order that x has. */
function formula<K extends OpName>(f: Formula<K>) {
  return (site: NodeSite<K>) => inOrder(f(site, site.read(0, site.order)), site.order);
}

/** Operators that work on each element by itself, or on a row. */
export const ELEMENTWISE_WRITERS: NodeWriters = {
  ...sameWriters,
  ...arithmeticWriters,
  relu6: formula((site, x) => site.clipped(x, 0, 6)),
  reluN1To1: formula((site, x) => site.clipped(x, -1, 1)),
  relu0To1: formula((site, x) => site.clipped(x, 0, 1)),
  square: formula((site, x) => site.add('Mul', [x, x])),
  rsqrt: formula((site, x) => site.add('Reciprocal', [site.add('Sqrt', [x], {}, '/sqrt')])),
  hardSwish: formula((site, x) => site.add('Mul', [x, site.gate(x, 1 / 6, 0.5)])),
  leakyRelu: formula((site, x) => site.add('LeakyRelu', [x], { alpha: float(site.node.attributes.alpha) })),
  gelu: formula((site, x) => {
    const share = site.node.attributes.approximate ? tanhShare(site, x) : erfShare(site, x);
    const one = site.add('Add', [share, site.scalar('/1', 1)], {}, '/one');
    return site.add('Mul', [site.add('Mul', [one, site.scalar('/0.5', 0.5)], {}, '/half'), x]);
  }),
  addN: (site) => {
    const operands = site.readAll(site.order);
    // Sum has floats alone.
    if (site.outputs[0]!.dtype === 'float32' || site.outputs[0]!.quantization !== null)
      return inOrder(site.add('Sum', operands), site.order);
    return inOrder(
      operands.reduce((sum, operand) => site.add('Add', [sum, operand])),
      site.order,
    );
  },
  notEqual: (site) => {
    const equal = site.add('Equal', site.readAll(site.order), {}, '/equal');
    return inOrder(site.add('Not', [equal]), site.order);
  },
  squaredDifference: (site) => {
    const difference = site.add('Sub', site.readAll(site.order), {}, '/difference');
    return inOrder(site.add('Mul', [difference, difference]), site.order);
  },
  floorDiv: (site) => {
    if (site.inputs[0]!.dtype === 'int32')
      throw unwritable(site.node, 'divides integers, which ONNX cuts off towards zero');
    return inOrder(site.add('Floor', [site.add('Div', site.readAll(site.order), {}, '/div')]), site.order);
  },
  floorMod: (site) => {
    const operands = site.readAll(site.order);
    if (site.inputs[0]!.dtype.startsWith('int') && site.inputs[0]!.quantization === null)
      return inOrder(site.add('Mod', operands), site.order);
    const whole = site.add('Floor', [site.add('Div', operands, {}, '/div')], {}, '/floor');
    const product = site.add('Mul', [whole, operands[1]!], {}, '/product');
    return inOrder(site.add('Sub', [operands[0]!, product]), site.order);
  },
  cast: (site) => {
    const [x, y] = [site.inputs[0]!, site.outputs[0]!];
    if (x.quantization !== null || y.quantization !== null)
      throw unwritable(site.node, 'reads integers of a scale as they are');
    return inOrder(site.add('Cast', [site.read(0, site.order)], { to: int(DATA_TYPE[y.dtype]) }), site.order);
  },
  // What is rounded, and what integers stand for, is written with every tensor that has a scale.
  quantize: (site) => inOrder(site.read(0, site.order), site.order),
  dequantize: (site) => inOrder(site.read(0, site.order), site.order),
  standardize: (site) => {
    const x =
      site.inputs[0]!.dtype === 'float32'
        ? site.read(0)
        : site.add('Cast', [site.read(0)], { to: int(DATA_TYPE.float32) }, '/cast');
    return last(site.add('Mul', [site.add('Sub', [x, site.read(1)], {}, '/sub'), site.read(2)]));
  },
  softmax: (site) => {
    const { beta } = site.node.attributes;
    const { order } = site;
    const x =
      beta === 1
        ? site.read(0, order)
        : site.add('Mul', [site.read(0, order), site.scalar('/beta', beta)], {}, '/scaled');
    return inOrder(site.add('Softmax', [x], { axis: int(channelAxis(site)) }), order);
  },
  logSoftmax: formula((site, x) => site.add('LogSoftmax', [x], { axis: int(channelAxis(site)) })),
  l2Normalization: (site) => {
    const x = site.read(0);
    const squares = site.add('Mul', [x, x], {}, '/square');
    const axis = site.integers('/axis', [site.inputs[0]!.shape.length - 1]);
    const sum = site.add('ReduceSum', [squares, axis], { keepdims: int(1) }, '/sum');
    const safe = site.add('Max', [sum, site.scalar('/epsilon', 1e-12)], {}, '/safe');
    return last(site.add('Div', [x, site.add('Sqrt', [safe], {}, '/sqrt')]));
  },
};

function channelAxis(site: NodeSite<'softmax'> | NodeSite<'logSoftmax'>): number {
  return site.order === 'channelsFirst' ? 1 : site.inputs[0]!.shape.length - 1;
}

/** erf(x / sqrt(2)) */
function erfShare(site: NodeSite<'gelu'>, x: string): string {
  return site.add('Erf', [site.add('Mul', [x, site.scalar('/scale', Math.SQRT1_2)], {}, '/scaled')], {}, '/erf');
}

/** tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)). Source: Hendrycks and Gimpel 2016. */
function tanhShare(site: NodeSite<'gelu'>, x: string): string {
  const square = site.add('Mul', [x, x], {}, '/square');
  const factor = site.add('Mul', [square, site.scalar('/0.044715', 0.044715)], {}, '/cubic');
  const inner = site.add('Mul', [x, site.add('Add', [factor, site.scalar('/one_', 1)], {}, '/plus_one')], {}, '/inner');
  const scaled = site.add('Mul', [inner, site.scalar('/scale', Math.sqrt(2 / Math.PI))], {}, '/scaled');
  return site.add('Tanh', [scaled], {}, '/tanh');
}
