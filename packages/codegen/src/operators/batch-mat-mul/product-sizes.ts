import { type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';
import { broadcastOperand, type Nest, type NestOperand } from '../nest.js';

/** Products of matrices: `nest` visits the pairs (operands a, b), strides lead from one element to the next. */
export interface ProductSizes {
  readonly nest: Nest;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly a: { readonly row: number; readonly step: number };
  readonly b: { readonly column: number; readonly step: number };
  readonly shape: Shape;
}

/** Requires: shapes that fit, see `inferShapes`. */
export function productSizes({ attributes }: NodeOf<'batchMatMul'>, inputs: readonly Tensor[]): ProductSizes {
  const [a, b] = [inputs[0]!.shape, inputs[1]!.shape];
  const { transposeA, transposeB } = attributes;
  const [aRows, aColumns] = a.slice(-2) as [number, number];
  const [bRows, bColumns] = b.slice(-2) as [number, number];
  const [rows, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const columns = transposeB ? bRows : bColumns;
  const batches = broadcastShape(a.slice(0, -2), b.slice(0, -2)) ?? [];
  const matrices = (shape: Shape): NestOperand => {
    const { offset, strides } = broadcastOperand(shape.slice(0, -2), batches);
    return { offset, strides: strides.map((stride) => stride * shape.at(-1)! * shape.at(-2)!) };
  };
  return {
    nest: { sizes: batches, operands: [matrices(a), matrices(b)] },
    rows,
    columns,
    depth,
    a: transposeA ? { row: 1, step: aColumns } : { row: aColumns, step: 1 },
    b: transposeB ? { column: bColumns, step: 1 } : { column: 1, step: bColumns },
    shape: [...batches, rows, columns],
  };
}

/** a [..., i, k] or [..., k, i], b [..., k, j] or [..., j, k] -> [..., i, j]; batches broadcast. */
export function inferShapes(node: NodeOf<'batchMatMul'>, inputs: readonly Tensor[]): readonly Shape[] {
  const [a, b] = [inputs[0]!.shape, inputs[1]!.shape];
  const { transposeA, transposeB } = node.attributes;
  const fits =
    a.length >= 2 &&
    b.length >= 2 &&
    a.at(transposeA ? -2 : -1) === b.at(transposeB ? -1 : -2) &&
    broadcastShape(a.slice(0, -2), b.slice(0, -2)) !== null;
  if (!fits) {
    const message = `multiplies [${a.join(', ')}] by [${b.join(', ')}], expected matrices that fit and batches that broadcast`;
    throw new ShapeError('E-BATCH-MAT-MUL', `node '${node.name}'`, message, 'Check the layers that produce the inputs');
  }
  return [productSizes(node, inputs).shape];
}

function broadcastShape(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, d) => [a[d - rank + a.length] ?? 1, b[d - rank + b.length] ?? 1]);
  if (sizes.some(([m, n]) => m !== n && m !== 1 && n !== 1)) return null;
  return sizes.map(([m, n]) => (m === 1 ? n! : m!));
}
