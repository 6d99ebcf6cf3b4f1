import type { TensorId } from '@kiln/ir';
import { z } from 'zod';
import type { LayerContext } from '../layer-context.js';
import { activation, type ActivationName } from '../options.js';
import { type Converter, withOptions } from './converter.js';

const NONE = { activation: 'none' } as const;

/** Appends an activation behind `x`. */
export function activate(kind: ActivationName, context: LayerContext, x: TensorId): TensorId {
  const shape = context.shapeOf(x);
  const unary = (
    op:
      'relu' | 'relu6' | 'logistic' | 'tanh' | 'elu' | 'exp' | 'log' | 'abs' | 'hardSwish' | 'logSoftmax' | 'relu0To1',
    of = x,
  ): TensorId => context.node(op, {}, [of], shape);
  const arithmetic = (op: 'add' | 'mul' | 'div', a: TensorId, b: TensorId): TensorId =>
    context.node(op, NONE, [a, b], shape);
  switch (kind) {
    case 'linear':
      return x;
    case 'relu':
    case 'relu6':
    case 'tanh':
    case 'elu':
      return unary(kind);
    case 'sigmoid':
      return unary('logistic');
    case 'exponential':
      return unary('exp');
    case 'log_softmax':
      return unary('logSoftmax');
    case 'softmax':
      return context.node('softmax', { beta: 1 }, [x], shape);
    case 'gelu':
      return context.node('gelu', { approximate: false }, [x], shape);
    case 'leaky_relu':
      return context.node('leakyRelu', { alpha: 0.2 }, [x], shape);
    case 'silu':
    case 'swish':
      return arithmetic('mul', x, unary('logistic'));
    case 'hard_silu':
    case 'hard_swish':
      return unary('hardSwish');
    case 'softplus':
      return unary('log', arithmetic('add', unary('exp'), context.scalar('one', 1)));
    case 'softsign':
      return arithmetic('div', x, arithmetic('add', unary('abs'), context.scalar('one', 1)));
    case 'hard_sigmoid': {
      const gate = unary('relu6', arithmetic('add', x, context.scalar('three', 3)));
      return arithmetic('mul', gate, context.scalar('sixth', 1 / 6));
    }
  }
}

const slope = z.number().optional();

/** Layers that are an activation. */
export const ACTIVATION_LAYERS: Readonly<Record<string, Converter>> = {
  Activation: withOptions(z.object({ activation }), (options, context) =>
    activate(options.activation, context, context.input),
  ),
  ReLU: withOptions(
    z.object({
      max_value: z.literal(6).nullish(),
      threshold: z.literal(0).nullish(),
      negative_slope: z.union([z.number(), z.tuple([z.number()]).transform(([value]) => value)]).nullish(),
    }),
    ({ max_value, negative_slope }, context) => {
      const alpha = negative_slope ?? 0;
      if (alpha !== 0 && (max_value ?? null) === null)
        return context.node('leakyRelu', { alpha }, [context.input], context.shape);
      return activate(max_value === 6 ? 'relu6' : 'relu', context, context.input);
    },
  ),
  LeakyReLU: withOptions(z.object({ alpha: slope, negative_slope: slope }), ({ alpha, negative_slope }, context) =>
    context.node('leakyRelu', { alpha: negative_slope ?? alpha ?? 0.3 }, [context.input], context.shape),
  ),
  ELU: withOptions(z.object({ alpha: z.literal(1).default(1) }), (_, context) =>
    activate('elu', context, context.input),
  ),
  Softmax: (config, context) => {
    const axes = z.object({ axis: z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]).default(-1) });
    const last = context.shape.length - 1;
    const options = axes.refine(({ axis }) => axis === -1 || axis === last, {
      path: ['axis'],
      message: 'expected the last',
    });
    options.parse(config);
    return activate('softmax', context, context.input);
  },
  PReLU: (_, context) => {
    const shape = context.shape;
    const [alpha] = context.weights([['alpha', shape.slice(1).map(() => null)]]);
    return context.node('prelu', {}, [context.input, context.constant('alpha', alpha!.shape, alpha!.data)], shape);
  },
};
