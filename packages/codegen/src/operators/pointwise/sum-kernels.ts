import { elementCount, type Tensor } from '@kiln/ir';
import type { Kernel } from '../kernel.js';
import type { Site } from '../site.js';
import { sumArmv7em } from './kernels/sum.armv7e-m.js';
import { pointwiseKernel, type Pointwise } from './pointwise.js';
import { linearSumFormula, linearSumOf, type SumName, tabulatedSumFormula } from './quantized-sum.js';

/** Two tables of 1 KB have to serve as many elements as they have bytes. */
const LEAST_ELEMENTS = 2048;

/** What sums of int8 have beside the definition. */
export function sumKernels<K extends SumName>(pointwise: Pointwise<K>): Kernel<K>[] {
  const linear = pointwiseKernel<K>({ ...pointwise, instructions: 10, formula: formulaOf(linearSumFormula) });
  const tabulated = pointwiseKernel<K>({ ...pointwise, instructions: 20, formula: formulaOf(tabulatedSumFormula) });
  return [
    {
      ...linear,
      name: `${pointwise.op}-linear`,
      accepts: (site) => isInt8(site) && linearSumOf(site, 'multiply') !== null,
    },
    {
      ...tabulated,
      name: `${pointwise.op}-tables`,
      accepts: (site) => isInt8(site) && elementCount(site.outputs[0]!.shape) >= LEAST_ELEMENTS,
    },
    sumArmv7em(pointwise.op),
  ];
}

/** A formula of either sum serves the one. */
function formulaOf<K extends SumName>(formula: (site: Site<SumName>) => ReturnType<Pointwise<K>['formula']>) {
  return (site: Site<K>) => formula(site as Site<SumName>);
}

function isInt8({ outputs }: { readonly outputs: readonly Tensor[] }): boolean {
  return outputs[0]!.dtype === 'int8';
}
