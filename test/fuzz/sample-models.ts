import {
  bytesOf,
  type Fields,
  type ModelPlan,
  type OperatorPlan,
  type TensorPlan,
  tfliteTables,
} from '../../packages/formats/src/testing/write-tflite.js';
import { MEMORY_MODELS } from './sample-memory-models.js';

const int8 = (name: string, shape: readonly number[], zeroPoint = 3): TensorPlan => ({
  name,
  shape,
  type: 'INT8',
  scale: [0.05],
  zeroPoint: [zeroPoint],
});
const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const weights = (shape: readonly number[], axis = 0): TensorPlan => ({
  name: 'weights',
  shape,
  type: 'INT8',
  bytes: bytesOf(Int8Array.from({ length: count(shape) }, (_, i) => ((i * 37) % 255) - 127)),
  scale: Array.from({ length: shape[axis]! }, (_, i) => 0.01 * (i + 1)),
  axis,
});
const bias = (units: number): TensorPlan => ({
  name: 'bias',
  shape: [units],
  type: 'INT32',
  bytes: bytesOf(Int32Array.from({ length: units }, (_, i) => i * 100 - 50)),
  scale: Array.from({ length: units }, (_, i) => 0.0005 * (i + 1)),
});
const integers = (name: string, ...values: number[]): TensorPlan => ({
  name,
  shape: [values.length],
  type: 'INT32',
  bytes: bytesOf(Int32Array.from(values)),
});
const scalar = (name: string, value: number): TensorPlan => ({ ...integers(name, value), shape: [] });
const float32 = (name: string, shape: readonly number[]): TensorPlan => ({ name, shape, type: 'FLOAT32' });

/** A chain: every operator reads the one before it, then its constants; the first tensor is the input. */
function chain(
  input: TensorPlan,
  ...links: readonly [OperatorPlan['op'], TensorPlan, readonly TensorPlan[], OperatorPlan['options']?][]
): ModelPlan {
  const tensors: TensorPlan[] = [input];
  let current = 0;
  const operators = links.map(([op, output, constants, options]): OperatorPlan => {
    const first = tensors.push(...constants) - constants.length;
    const inputs = [current, ...constants.map((_, i) => first + i)];
    current = tensors.push(output) - 1;
    return { op, inputs, outputs: [current], ...(options === undefined ? {} : { options }) };
  });
  return { tensors, operators, inputs: [0], outputs: [current] };
}

const CONV = ['Conv2DOptions', { padding: 0, strideW: 1, strideH: 2, fusedActivationFunction: 1 }] as const;
const DEPTHWISE = ['DepthwiseConv2DOptions', { padding: 1, strideW: 1, strideH: 1, depthMultiplier: 1 }] as const;
const POOL = ['Pool2DOptions', { padding: 1, strideW: 2, strideH: 2, filterWidth: 2, filterHeight: 2 }] as const;

const PLANS: readonly ModelPlan[] = [
  chain(int8('x', [1, 6, 5, 2]), ['CONV_2D', int8('y', [1, 3, 5, 4]), [weights([4, 3, 3, 2]), bias(4)], CONV]),
  chain(
    int8('x', [1, 4, 4, 2]),
    ['DEPTHWISE_CONV_2D', int8('d', [1, 3, 3, 2]), [weights([1, 2, 2, 2], 3), bias(2)], DEPTHWISE],
    ['RESHAPE', int8('r', [1, 18]), [integers('shape', 1, -1)], ['ReshapeOptions', { newShape: [1, 18] }]],
    ['FULLY_CONNECTED', int8('f', [1, 3]), [weights([3, 18]), bias(3)], ['FullyConnectedOptions', {}]],
    ['SOFTMAX', { ...int8('y', [1, 3], -128), scale: [1 / 256] }, [], ['SoftmaxOptions', { beta: 1 }]],
  ),
  chain(int8('x', [1, 4, 4, 3]), ['MAX_POOL_2D', int8('y', [1, 2, 2, 3]), [], POOL]),
  chain(
    float32('x', [2, 3, 4]),
    [
      'STRIDED_SLICE',
      float32('s', [2, 2]),
      [integers('begin', 0, 1, 3), integers('end', 2, 2, 0), integers('step', 1, 1, -2)],
      ['StridedSliceOptions', { shrinkAxisMask: 2 }],
    ],
    ['PAD', float32('p', [4, 3]), [{ ...integers('paddings', 1, 1, 0, 1), shape: [2, 2] }], ['PadOptions', {}]],
    ['TRANSPOSE', float32('y', [3, 4]), [integers('order', 1, 0)]],
  ),
  chain(
    { ...integers('x'), shape: [2, 2], bytes: undefined },
    [
      'GATHER',
      { name: 'g', shape: [2, 3], type: 'INT32' },
      [integers('indices', 1, 0, 1)],
      ['GatherOptions', { axis: 1 }],
    ],
    ['TILE', { name: 't', shape: [4, 3], type: 'INT32' }, [integers('multiples', 2, 1)]],
    ['SLICE', { name: 'y', shape: [2, 3], type: 'INT32' }, [integers('begin', 1, 0), integers('size', 2, -1)]],
  ),
  chain(
    float32('x', [1, 2, 2, 4]),
    ['DEPTH_TO_SPACE', float32('d', [1, 4, 4, 1]), [], ['DepthToSpaceOptions', { blockSize: 2 }]],
    [
      'SPACE_TO_BATCH_ND',
      float32('b', [4, 2, 2, 1]),
      [integers('block', 2, 2), { ...integers('crops', 0, 0, 0, 0), shape: [2, 2] }],
    ],
    [
      'RESIZE_NEAREST_NEIGHBOR',
      float32('y', [4, 3, 5, 1]),
      [integers('size', 3, 5)],
      ['ResizeNearestNeighborOptions', { halfPixelCenters: true }],
    ],
  ),
  {
    tensors: [int8('x', [1, 6]), scalar('axis', 1), int8('a', [1, 3]), int8('b', [1, 3]), int8('y', [2, 3])],
    operators: [
      { op: 'SPLIT', inputs: [1, 0], outputs: [2, 3], options: ['SplitOptions', { numSplits: 2 }] },
      { op: 'CONCATENATION', inputs: [3, 2], outputs: [4], options: ['ConcatenationOptions', { axis: 0 }] },
    ],
    inputs: [0],
    outputs: [4, 2],
    fields: {
      signatureDefs: [
        { signatureKey: 'serve', subgraphIndex: 0, inputs: [{ name: 'in', tensorIndex: 0 }], outputs: [] },
      ],
    },
  },
  chain(int8('x', [1, 4]), [
    'FULLY_CONNECTED',
    int8('y', [1, 2]),
    [
      {
        ...weights([2, 4]),
        bytes: bytesOf(Int8Array.of(5, 6, 7)),
        fields: {
          sparsity: {
            traversalOrder: [0, 1],
            blockMap: [],
            dimMetadata: [
              { format: 0, denseSize: 2 },
              {
                format: 1,
                arraySegments: { member: 'Int32Vector', table: { values: [0, 1, 3] } },
                arrayIndices: { member: 'Uint16Vector', table: { values: [2, 0, 3] } },
              },
            ],
          },
        },
      },
      bias(2),
    ],
    ['FullyConnectedOptions', { fusedActivationFunction: 3 }],
  ]),
  chain(int8('x', [1, 4]), [
    'FULLY_CONNECTED',
    int8('y', [1, 2]),
    [{ ...weights([2, 4]), type: 'INT4', bytes: Uint8Array.of(0x21, 0x43, 0xef, 0xcd) }, bias(2)],
  ]),
];

/** Small sound models as tables, one or a few operators each, that together touch most of what a file can hold. */
export function sampleModels(): readonly Fields[] {
  return [...PLANS, ...MEMORY_MODELS].map(tfliteTables);
}
