import { requantizationOf, requantize, requantizeWide } from '../../arithmetic/requantization.js';
import { integerLimits } from '../activation.js';
import { forEachTurn } from '../nest.js';
import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { productSizes } from './product-sizes.js';

/** scale_a * scale_b / scale_y; the product is rounded to float32 first, as TensorFlow Lite Micro does. */
export function productRequantization({ node, inputs, outputs }: Site<'batchMatMul'>) {
  const product = Math.fround(scaleOf(inputs[0]!) * scaleOf(inputs[1]!));
  return requantizationOf(product / scaleOf(outputs[0]!), `node '${node.name}'`);
}

/**
 *   float32: sum = 0; for each k in order: sum = sum + a * b, each operation rounded
 *   integers: y = clamp(zeroPoint_y + requantize(sum (a - zeroPoint_a) * (b - zeroPoint_b))), sums exact: of 32 bits for
 *   int8, of 64 for int16
 */
export function reference(site: Site<'batchMatMul'>): Evaluate {
  const { nest, rows, columns, depth, a, b } = productSizes(site.node, site.inputs);
  const finish = site.inputs[0]!.dtype === 'float32' ? null : finishing(site);
  const [zeroA, zeroB] = finish === null ? [0, 0] : [zeroPointOf(site.inputs[0]!), zeroPointOf(site.inputs[1]!)];
  const round = finish === null ? Math.fround : (value: number) => value;
  return ([left, right], [y]) => {
    let at = 0;
    forEachTurn(nest, ([startA, startB]) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            const product = round(
              (left![startA! + i * a.row + k * a.step]! - zeroA) *
                (right![startB! + j * b.column + k * b.step]! - zeroB),
            );
            sum = round(sum + product);
          }
          y![at++] = finish === null ? sum : finish(sum);
        }
      }
    });
  };
}

function finishing(site: Site<'batchMatMul'>): (sum: number) => number {
  const y = site.outputs[0]!;
  const { low, high } = integerLimits(y.dtype);
  const scale = productRequantization(site);
  const rescale = y.dtype === 'int16' ? requantizeWide : requantize;
  const zero = zeroPointOf(y);
  return (sum) => Math.max(low, Math.min(high, zero + rescale(sum, scale)));
}
