import { expect, test } from 'vitest';
import { layerName, sharedScope } from './layer-name.js';

test.each([
  ['CONV_2D', 'model/activation/Relu;model/conv2d/BiasAdd;model/conv2d_2/Conv2D;model/conv2d/Conv2D1', 'conv2d'],
  ['CONV_2D', 'model/conv2d_5/Conv2D;model/batch_normalization/FusedBatchNormV3', 'conv2d_5'],
  ['CONV_2D', 'model/conv2d_7/Conv2D1', 'conv2d_7'],
  [
    'DEPTHWISE_CONV_2D',
    'model/activation_1/Relu;model/depthwise_conv2d/depthwise;model/conv2d/Conv2D',
    'depthwise_conv2d',
  ],
  ['FULLY_CONNECTED', 'model/block/dense_6/MatMul;model/block/dense_6/BiasAdd', 'block/dense_6'],
  ['ADD', 'model/activation_2/Relu;model/add/add', 'add'],
  ['AVERAGE_POOL_2D', 'model/average_pooling2d/AvgPool', 'average_pooling2d'],
  ['SOFTMAX', 'Identity', 'Identity'],
  ['RELU', 'other/act', 'other/act'],
  ['RELU', 'model/', 'model/'],
  ['RELU', '', ''],
  ['RELU', '/;;*/', '/'],
])('the %s behind %s is the layer %s', (builtin, tensor, layer) => {
  expect(layerName(tensor, builtin, 'model/') || tensor).toBe(layer);
});

test('a scope is what all paths begin with', () => {
  expect(sharedScope(['m/a/Relu;m/b/BiasAdd', 'm/c', 'Identity'])).toBe('m/');
  expect(sharedScope(['m/a', 'n/b'])).toBe('');
  expect(sharedScope(['m/a'])).toBe('');
  expect(sharedScope(['y', 'z'])).toBe('');
});
