import type * as tensorflow from '@tensorflow/tfjs';
import { InvariantError } from '@kiln/ir';
import type { TensorFlow } from '../tensorflow.js';
import type { ConvolutionGeometry } from './convolution-arithmetic.js';
import type { PoolingGeometry } from './pooling-gradient.js';

type Shape4 = [number, number, number, number];

/** The geometry of a Conv2D kernel, of its gradient by the filter, or of its gradient by the input, from attributes. */
export function convolutionGeometry(
  tf: TensorFlow,
  inputShape: number[],
  filterShape: number[],
  attributes: tensorflow.NamedAttrMap,
): ConvolutionGeometry & { readonly filterShape: Shape4; readonly inShape: Shape4; readonly outShape: Shape4 } {
  const { strides, pad, dimRoundingMode, dataFormat, dilations } = attributes as unknown as tensorflow.Conv2DAttrs;
  if (dataFormat !== 'NHWC' || (dilations !== undefined && ![dilations].flat().every((step) => step === 1))) {
    throw new InvariantError('E-CONV2D-LAYOUT', 'Conv2D', `layout ${dataFormat} with dilations ${String(dilations)}`);
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

/** The geometry of a MaxPool kernel or its gradient, from its attributes. */
export function poolingGeometry(
  tf: TensorFlow,
  inputShape: number[],
  attributes: tensorflow.NamedAttrMap,
): PoolingGeometry {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as tensorflow.MaxPoolAttrs;
  return tf.backend_util.computePool2DInfo(inputShape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
}
