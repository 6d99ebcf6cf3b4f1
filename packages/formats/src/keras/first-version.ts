/** Names that layers had in Keras 1. Source: keras/legacy/interfaces.py of Keras 2.2. */
const CLASSES: Readonly<Record<string, string>> = {
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  SeparableConvolution2D: 'SeparableConv2D',
  Deconvolution2D: 'Conv2DTranspose',
};

const OPTIONS: Readonly<Record<string, string>> = {
  nb_filter: 'filters',
  output_dim: 'units',
  subsample: 'strides',
  subsample_length: 'strides',
  filter_length: 'kernel_size',
  border_mode: 'padding',
  bias: 'use_bias',
  p: 'rate',
  pool_length: 'pool_size',
  stride: 'strides',
};

/** `th` is Theano's order, channels first; `tf` TensorFlow's. */
const ORDERINGS: Readonly<Record<string, string>> = { th: 'channels_first', tf: 'channels_last' };

/** What a table has for a name, or the name; names come from files and may be any. */
function valueOf(table: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(table, name) ? table[name]! : name;
}

/** A layer of Keras 1 with the names of Keras 2; a layer of Keras 2 or 3 stays as it is. */
export function modernLayer(
  className: string,
  config: Readonly<Record<string, unknown>>,
): { readonly className: string; readonly config: Readonly<Record<string, unknown>> } {
  const renamed = Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (key === 'dim_ordering') return ['data_format', valueOf(ORDERINGS, String(value))];
      return [Object.hasOwn(config, valueOf(OPTIONS, key)) ? key : valueOf(OPTIONS, key), value];
    }),
  );
  if (typeof config['nb_row'] === 'number' && typeof config['nb_col'] === 'number') {
    renamed['kernel_size'] = [config['nb_row'], config['nb_col']];
  }
  return { className: valueOf(CLASSES, className), config: renamed };
}
