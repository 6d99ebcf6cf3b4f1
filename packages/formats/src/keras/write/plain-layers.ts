import { elementCount, type OpName, type Tensor } from '@kiln/ir';
import { addFused, type AnySite, type LayerSite, type LayerWriters, unwritable } from './layer-writer.js';

/** Activations under their names in Keras. */
const ACTIVATIONS = {
  relu: 'relu',
  logistic: 'sigmoid',
  tanh: 'tanh',
  elu: 'elu',
  exp: 'exponential',
} as const satisfies Partial<Record<OpName, string>>;

const MERGES = { add: 'Add', mul: 'Multiply', sub: 'Subtract' } as const;
const COMPARISONS = { maximum: 'Maximum', minimum: 'Minimum' } as const;
const POOLS = { maxPool2d: 'MaxPooling2D', averagePool2d: 'AveragePooling2D' } as const;
const GLOBALS = { mean: 'GlobalAveragePooling2D', reduceMax: 'GlobalMaxPooling2D' } as const;

const table = <K extends OpName>(
  names: Readonly<Record<K, string>>,
  write: (className: string, site: LayerSite<K>) => void,
): LayerWriters =>
  Object.fromEntries(
    Object.entries<string>(names).map(([op, className]) => [op, (site: LayerSite<K>) => write(className, site)]),
  );

const single = ({ node, inputs, output, list }: AnySite, className: string, config: object = {}): void => {
  list.add(node, { className, config: { ...config } }, [inputs[0]!], output);
};

/** Layers without weights, and the scaler. */
export const PLAIN_LAYERS: LayerWriters = {
  ...table(ACTIVATIONS, (activation, site) => single(site, 'Activation', { activation })),
  ...table(MERGES, (className, site) => {
    const { node, inputs, output, list } = site;
    const sameShape = inputs.every(({ shape }) => shape.length === output.shape.length);
    if (!sameShape) throw unwritable(node, 'has operands of different ranks, expected equal ones');
    const name = list.add(node, { className, config: {} }, inputs, output);
    addFused(list, node, output, name);
  }),
  ...table(COMPARISONS, (className, { node, inputs, output, list }) => {
    list.add(node, { className, config: {} }, inputs, output);
  }),
  ...table(POOLS, (className, { node, inputs, output, list }) => {
    const { window, strides, padding } = node.attributes;
    const config = { pool_size: window, strides, padding, data_format: 'channels_last' };
    addFused(list, node, output, list.add(node, { className, config }, [inputs[0]!], output));
  }),
  ...table(GLOBALS, (className, site) => {
    const { node, inputs } = site;
    const { axes, keepDimensions } = node.attributes;
    if (inputs[0]!.shape.length !== 4 || axes.join() !== '1,2') {
      throw unwritable(node, `reduces the axes ${axes.join(', ')}, expected 1, 2 of four`);
    }
    // `keepdims` came with Keras 2.6; without it older versions read the layer too.
    single(site, className, {
      data_format: 'channels_last',
      ...(keepDimensions ? { keepdims: true } : {}),
    });
  }),
  addN: ({ node, inputs, output, list }) => {
    list.add(node, { className: 'Add', config: {} }, inputs, output);
  },
  relu6: (site) => single(site, 'ReLU', { max_value: 6 }),
  leakyRelu: (site) => single(site, 'LeakyReLU', { alpha: site.node.attributes.alpha }),
  gelu: (site) => {
    if (site.node.attributes.approximate)
      throw unwritable(site.node, 'is the approximate GELU, expected the exact one');
    single(site, 'Activation', { activation: 'gelu' });
  },
  softmax: (site) => {
    if (site.node.attributes.beta !== 1)
      throw unwritable(site.node, `has beta ${site.node.attributes.beta}, expected 1`);
    single(site, 'Softmax', { axis: -1 });
  },
  prelu: ({ node, inputs, output, list }) => {
    const [x, alpha] = inputs as [Tensor, Tensor];
    const shared = x.shape
      .slice(1)
      .map((_, axis) => axis + 1)
      .filter((axis) => (alpha.shape.at(axis - x.shape.length) ?? 1) === 1);
    if (alpha.data === null) throw unwritable(node, 'computes its slopes, expected constants');
    const shape = x.shape.slice(1).map((size, i) => (shared.includes(i + 1) ? 1 : size));
    const weights = [{ name: 'alpha', shape, data: alpha.data as Float32Array }];
    list.add(node, { className: 'PReLU', config: { shared_axes: shared }, weights }, [x], output);
  },
  concatenation: ({ node, inputs, output, list }) => {
    list.add(node, { className: 'Concatenate', config: { axis: node.attributes.axis } }, inputs, output);
  },
  reshape: (site) => {
    const { shape } = site.output;
    if (shape.length === 2 && shape[1] === elementCount(site.inputs[0]!.shape)) {
      single(site, 'Flatten', { data_format: 'channels_last' });
    } else single(site, 'Reshape', { target_shape: shape.slice(1) });
  },
  copy: (site) => site.list.pass(site.inputs[0]!, site.output, site.node),
  transpose: (site) => single(site, 'Permute', { dims: site.node.attributes.permutation.slice(1) }),
  pad: (site) => {
    const { before, after } = site.node.attributes;
    const [x, value] = site.inputs as [Tensor, Tensor];
    const fits = x.shape.length === 4 && [0, 3].every((axis) => before[axis] === 0 && after[axis] === 0);
    if (!fits || value.data?.[0] !== 0)
      throw unwritable(site.node, 'pads channels or with another value than 0, expected zeros around height and width');
    const padding = [1, 2].map((axis) => [before[axis], after[axis]]);
    single(site, 'ZeroPadding2D', { padding, data_format: 'channels_last' });
  },
  slice: (site) => {
    const { begin, size, strides } = site.node.attributes;
    const { shape } = site.inputs[0]!;
    const whole = (axis: number): boolean => begin[axis] === 0 && size[axis] === shape[axis];
    if (shape.length !== 4 || strides.some((stride) => stride !== 1) || !whole(0) || !whole(3)) {
      throw unwritable(site.node, 'is no cropping of height and width');
    }
    const cropping = [1, 2].map((axis) => [begin[axis]!, shape[axis]! - begin[axis]! - size[axis]!]);
    single(site, 'Cropping2D', { cropping, data_format: 'channels_last' });
  },
  resizeNearest: (site) => upSample(site, 'nearest'),
  resizeBilinear: (site) => upSample(site, 'bilinear'),
  /**
   * y = x * scale + offset, with scale = inverse deviation and offset = -mean * inverse deviation.
   *
   * A Normalization layer would say what it is, but Keras 3 loses its axes when it reads HDF5.
   */
  standardize: (site) => {
    const [x, mean, inverse] = site.inputs as [Tensor, Tensor, Tensor];
    const shape = x.shape.slice(1);
    const scale = [...(inverse.data as Float32Array)];
    const offset = Array.from(mean.data as Float32Array, (value, i) => -value * scale[i]!);
    single(site, 'Rescaling', { scale: nested(scale, shape), offset: nested(offset, shape) });
  },
};

function upSample(site: LayerSite<'resizeNearest'> | LayerSite<'resizeBilinear'>, interpolation: string): void {
  const { size, alignCorners, halfPixelCenters } = site.node.attributes;
  const [, height, width] = site.inputs[0]!.shape as [number, number, number];
  const factors = [size[0] / height, size[1] / width];
  // Whole factors from whole pixels are the same with and without half pixel centres.
  const same = !alignCorners && (halfPixelCenters || interpolation === 'nearest');
  if (!same || !factors.every(Number.isInteger)) {
    throw unwritable(
      site.node,
      `grows ${height}x${width} to ${size.join('x')} with other centres, expected whole factors`,
    );
  }
  single(site, 'UpSampling2D', { size: factors, data_format: 'channels_last', interpolation });
}

type Nested = number | Nested[];

/** Values row-major as lists in lists. */
function nested(values: number[], shape: readonly number[]): Nested {
  if (shape.length === 0) return values[0]!;
  const [size, ...inner] = shape as [number, ...number[]];
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) => nested(values.slice(i * step, (i + 1) * step), inner));
}
