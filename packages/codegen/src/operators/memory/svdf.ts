import { elementCount, ShapeError, type Tensor } from '@kiln/ir';
import { scaleProblems } from '../scale-problems.js';
import type { Operator } from '../operator.js';
import type { Site } from '../site.js';
import { svdfFloat32 } from './kernels/svdf-float32.portable.js';
import { svdfInteger } from './kernels/svdf-integer.portable.js';
import { proveProjections, svdfReference } from './svdf-reference.js';

const TYPES: readonly string[] = [
  'float32, float32, float32, float32, float32',
  'int8, int8, int16, int32, int16',
  'int8, int8, int8, int32, int8',
];

function problemsOf({ inputs, outputs }: Site<'svdf'>): readonly string[] {
  const [x, feature, time, bias, state] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const [y, next] = outputs as [Tensor, Tensor];
  const types = inputs.map(({ dtype }) => dtype).join(', ');
  if (!TYPES.includes(types) || y.dtype !== x.dtype || next.dtype !== state.dtype)
    return [`found ${types} -> ${y.dtype}, ${next.dtype}, expected one of ${TYPES.join('; ')} -> x, state`];
  const computed = [feature, time, bias].filter(({ data }) => data === null);
  return [
    ...computed.map(({ name }) => `found '${name}' computed, expected a constant`),
    ...scaleProblems([x, feature, time, state, y]),
    ...(feature.quantization?.zeroPoint.some((zero) => zero !== 0) === true ||
    time.quantization?.zeroPoint.some((zero) => zero !== 0) === true
      ? ['found weights with a zero point, expected 0']
      : []),
  ];
}

/**
 * Source: TensorFlow Lite Micro, svdf_common.cc. As there, an activation is fused into the float32 form alone, and sums of
 * int32 are modulo 2^32.
 */
export const svdf: Operator<'svdf'> = {
  op: 'svdf',
  summary: 'y[u] = activation(bias[u] + sum of weightsTime * (the last values of weightsFeature * x))',
  dtypes: ['float32', 'int8'],
  exactness: 'one rounding per multiplication and addition',
  // The state is moved up where it lies.
  memory: () => ({ kind: 'over', pairs: [[1, 4]] }),
  inferShapes: ({ name, attributes: { rank } }, [x, feature, time, bias, state]) => {
    const [batch, features] = x!.shape;
    const [filters = 0] = feature!.shape;
    const [, memory = 0] = time!.shape;
    const fits =
      [x, feature, time, state].every((tensor) => tensor!.shape.length === 2) &&
      feature!.shape[1] === features &&
      time!.shape[0] === filters &&
      memory >= 1 &&
      filters % rank === 0 &&
      elementCount(bias!.shape) === filters / rank &&
      state!.shape.join() === [batch, filters * memory].join();
    if (fits) return [[batch!, filters / rank], state!.shape];
    const shapes = [x, feature, time, bias, state].map((tensor) => `[${tensor!.shape.join(', ')}]`).join(', ');
    const message = `found ${shapes} with rank ${rank}, expected [N, n], [f, n], [f, t], [f / rank], [N, f * t]`;
    throw new ShapeError('E-SVDF', `node '${name}'`, message, 'Convert the model again');
  },
  problems: problemsOf,
  reference: (site) => {
    if (site.inputs[0]!.dtype === 'int8') proveProjections(site);
    return svdfReference(site);
  },
  quantizer: { output: 'float32', constants: () => [] },
  macs: ({ inputs: [x, feature, time] }) => x!.shape[0]! * (elementCount(feature!.shape) + elementCount(time!.shape)),
  kernels: [svdfInteger, svdfFloat32],
};
