import { z } from 'zod';

const size = z.int().positive();

/** Keras's "one number or two" as two. */
export const pair = z
  .union([z.tuple([size, size]), size])
  .transform((value): [number, number] => (typeof value === 'number' ? [value, value] : value));

/** Keras's "one number, or a list of one". */
export const single = z.union([z.tuple([size]).transform(([value]) => value), size]);

export const padding = z.enum(['same', 'valid']).default('valid');

/** TensorFlow.js spells it without the underscore. */
export const dataFormat = z
  .enum(['channels_last', 'channels_first', 'channelsLast', 'channelsFirst'])
  .nullish()
  .transform((value) => (value === 'channels_first' || value === 'channelsFirst' ? 'channels_first' : 'channels_last'));

/** Names of activations, under each of which Keras knows one. */
export const activation = z
  .union([
    z.string(),
    z.object({ config: z.string() }).transform(({ config }) => config),
    z.object({ class_name: z.string() }).transform(({ class_name }) => class_name),
  ])
  .nullish()
  .transform((name) => name ?? 'linear')
  .pipe(
    z.enum([
      'linear',
      'relu',
      'relu6',
      'sigmoid',
      'tanh',
      'softmax',
      'log_softmax',
      'elu',
      'exponential',
      'gelu',
      'silu',
      'swish',
      'softplus',
      'softsign',
      'hard_sigmoid',
      'hard_silu',
      'hard_swish',
      'leaky_relu',
    ]),
  );
export type ActivationName = z.output<typeof activation>;
