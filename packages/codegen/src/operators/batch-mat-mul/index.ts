import { elementCount } from '@kiln/ir';
import { wideScaleProblems } from '../../arithmetic/requantization.js';
import { scaleProblems } from '../scale-problems.js';
import { SEPARATE, type Operator } from '../operator.js';
import { batchMatMulPortable } from './kernels/portable.js';
import { inferShapes, productSizes } from './product-sizes.js';
import { productRequantization, reference } from './reference.js';

export const batchMatMul: Operator<'batchMatMul'> = {
  op: 'batchMatMul',
  summary: 'y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j]',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding per multiplication and addition, in the order of k',
  memory: () => SEPARATE,
  inferShapes,
  reference,
  quantizer: { output: 'calibrated', constants: () => [] },
  problems: (site) => {
    const { inputs, outputs } = site;
    const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
    if (a.dtype !== b.dtype || a.dtype !== y.dtype) {
      return [`found ${a.dtype}, ${b.dtype} -> ${y.dtype}, expected the same type three times`];
    }
    const most = a.dtype === 'int16' ? 2 ** 17 : 2 ** 15;
    const { depth } = productSizes(site.node, inputs);
    const tooDeep =
      a.dtype !== 'float32' && depth >= most ? [`found sums of ${depth}, expected less than ${most}`] : [];
    const problems = [...scaleProblems([a, b, y]), ...tooDeep];
    return problems.length === 0 && a.dtype === 'int16' ? wideScaleProblems([productRequantization(site)]) : problems;
  },
  macs: (site) => elementCount(site.outputs[0]!.shape) * productSizes(site.node, site.inputs).depth,
  kernels: [batchMatMulPortable],
};
