import type { OpName } from '@kiln/ir';
import { ofFloat, ofInt, ofType } from './graph-def.js';
import { activate, clamp, type NodeSite, type NodeWriters } from './node-writer.js';

const T = { T: ofType('float32') };

/** Operators that TensorFlow has under a name of its own: one input, or two that are broadcast. */
const SAME = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  logistic: 'Sigmoid',
  tanh: 'Tanh',
  abs: 'Abs',
  neg: 'Neg',
  square: 'Square',
  sqrt: 'Sqrt',
  rsqrt: 'Rsqrt',
  exp: 'Exp',
  log: 'Log',
  sin: 'Sin',
  cos: 'Cos',
  ceil: 'Ceil',
  floor: 'Floor',
  round: 'Round',
  sign: 'Sign',
  floorDiv: 'FloorDiv',
  floorMod: 'FloorMod',
  maximum: 'Maximum',
  minimum: 'Minimum',
  squaredDifference: 'SquaredDifference',
  pow: 'Pow',
  equal: 'Equal',
  notEqual: 'NotEqual',
  less: 'Less',
  lessEqual: 'LessEqual',
  greater: 'Greater',
  greaterEqual: 'GreaterEqual',
  logSoftmax: 'LogSoftmax',
} as const satisfies Partial<Record<OpName, string>>;

const LOGICAL = { logicalNot: 'LogicalNot', logicalAnd: 'LogicalAnd', logicalOr: 'LogicalOr' } as const;
const ARITHMETIC = { add: 'AddV2', sub: 'Sub', mul: 'Mul', div: 'RealDiv' } as const;

type SomeSite = NodeSite<keyof typeof SAME | keyof typeof LOGICAL>;

const readAll = ({ inputs, read }: Pick<SomeSite, 'inputs' | 'read'>): string[] => inputs.map((_, i) => read(i));

function plain(op: string, typed: boolean) {
  return (site: SomeSite): readonly string[] => {
    const attributes = typed ? { T: ofType(site.inputs[0]!.dtype) } : {};
    return [site.writer.node(op, site.node.name, readAll(site), attributes)];
  };
}

const plainWriters = (table: Readonly<Record<string, string>>, typed: boolean): NodeWriters =>
  Object.fromEntries(Object.entries(table).map(([op, name]) => [op, plain(name, typed)]));

const arithmeticWriters = (): NodeWriters =>
  Object.fromEntries(
    Object.entries(ARITHMETIC).map(([op, name]) => [
      op,
      ({ node, inputs, read, writer }: NodeSite<keyof typeof ARITHMETIC>) => {
        const y = writer.node(name, node.name, [read(0), read(1)], { T: ofType(inputs[0]!.dtype) });
        return [activate(writer, y, node.name, node.attributes.activation)];
      },
    ]),
  );

/** Operators that work on each element by itself, or on a row. */
export const ELEMENTWISE_WRITERS: NodeWriters = {
  ...plainWriters(SAME, true),
  ...plainWriters(LOGICAL, false),
  ...arithmeticWriters(),
  reluN1To1: ({ node, read, writer }) => [clamp(writer, read(0), node.name, -1, 1)],
  relu0To1: ({ node, read, writer }) => [clamp(writer, read(0), node.name, 0, 1)],
  hardSwish: ({ node, read, writer }) => {
    const shifted = writer.node('AddV2', `${node.name}/add`, [read(0), writer.scalar(`${node.name}/three`, 3)], T);
    const gate = writer.node('Relu6', `${node.name}/gate`, [shifted], T);
    const product = writer.node('Mul', `${node.name}/product`, [read(0), gate], T);
    return [writer.node('Mul', node.name, [product, writer.scalar(`${node.name}/sixth`, 1 / 6)], T)];
  },
  leakyRelu: ({ node, read, writer }) => [
    writer.node('LeakyRelu', node.name, [read(0)], { ...T, alpha: ofFloat(node.attributes.alpha) }),
  ],
  prelu: ({ node, read, writer }) => {
    const positive = writer.node('Relu', `${node.name}/positive`, [read(0)], T);
    const negative = writer.node('Sub', `${node.name}/negative`, [read(0), positive], T);
    const scaled = writer.node('Mul', `${node.name}/scaled`, [negative, read(1)], T);
    return [writer.node('AddV2', node.name, [positive, scaled], T)];
  },
  gelu: ({ node, read, writer }) => {
    const { name } = node;
    const share = node.attributes.approximate ? tanhShare(writer, name, read(0)) : erfShare(writer, name, read(0));
    const one = writer.node('AddV2', `${name}/one`, [share, writer.scalar(`${name}/1`, 1)], T);
    const half = writer.node('Mul', `${name}/half`, [one, writer.scalar(`${name}/0.5`, 0.5)], T);
    return [writer.node('Mul', name, [half, read(0)], T)];
  },
  addN: (site) => [site.writer.node('AddN', site.node.name, readAll(site), { ...T, N: ofInt(site.inputs.length) })],
  select: ({ node, inputs, read, writer }) => [
    writer.node('SelectV2', node.name, [read(0), read(1), read(2)], { T: ofType(inputs[1]!.dtype) }),
  ],
  cast: ({ node, inputs, outputs, read, writer }) => [
    writer.node('Cast', node.name, [read(0)], { SrcT: ofType(inputs[0]!.dtype), DstT: ofType(outputs[0]!.dtype) }),
  ],
  standardize: ({ node, inputs, read, writer }) => {
    const types = { SrcT: ofType(inputs[0]!.dtype), DstT: ofType('float32') };
    const x = inputs[0]!.dtype === 'float32' ? read(0) : writer.node('Cast', `${node.name}/cast`, [read(0)], types);
    const centred = writer.node('Sub', `${node.name}/sub`, [x, read(1)], T);
    return [writer.node('Mul', node.name, [centred, read(2)], T)];
  },
  softmax: ({ node, read, writer }) => {
    const { beta } = node.attributes;
    const { name } = node;
    const x =
      beta === 1 ? read(0) : writer.node('Mul', `${name}/mul`, [read(0), writer.scalar(`${name}/beta`, beta)], T);
    return [writer.node('Softmax', name, [x], T)];
  },
  l2Normalization: ({ node, inputs, read, writer }) => {
    const { name } = node;
    const squares = writer.node('Square', `${name}/square`, [read(0)], T);
    const axis = writer.integers(`${name}/axis`, [inputs[0]!.shape.length - 1]);
    const types = { ...T, Tidx: ofType('int32'), keep_dims: { b: true } };
    const sum = writer.node('Sum', `${name}/sum`, [squares, axis], types);
    const safe = writer.node('Maximum', `${name}/maximum`, [sum, writer.scalar(`${name}/epsilon`, 1e-12)], T);
    return [writer.node('Mul', name, [read(0), writer.node('Rsqrt', `${name}/rsqrt`, [safe], T)], T)];
  },
};

type Writer = NodeSite<'gelu'>['writer'];

/** erf(x / sqrt(2)) */
function erfShare(writer: Writer, name: string, x: string): string {
  const scaled = writer.node('Mul', `${name}/scaled`, [x, writer.scalar(`${name}/scale`, Math.SQRT1_2)], T);
  return writer.node('Erf', `${name}/erf`, [scaled], T);
}

/** tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)). Source: Hendrycks and Gimpel 2016. */
function tanhShare(writer: Writer, name: string, x: string): string {
  const square = writer.node('Square', `${name}/square`, [x], T);
  const factor = writer.node('Mul', `${name}/cubic`, [square, writer.scalar(`${name}/0.044715`, 0.044715)], T);
  const one = writer.node('AddV2', `${name}/plus_one`, [factor, writer.scalar(`${name}/one_`, 1)], T);
  const inner = writer.node('Mul', `${name}/inner`, [x, one], T);
  const scaled = writer.node(
    'Mul',
    `${name}/scaled`,
    [inner, writer.scalar(`${name}/scale`, Math.sqrt(2 / Math.PI))],
    T,
  );
  return writer.node('Tanh', `${name}/tanh`, [scaled], T);
}
