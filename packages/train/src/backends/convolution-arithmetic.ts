/**
 * Convolution as matrix products, on plain arrays.
 *
 * A convolution of x [batch, inHeight, inWidth, inChannels] with a filter [filterHeight, filterWidth, inChannels,
 * outChannels] is the product of the column matrix of x, one row for each output pixel and one column for each filter
 * tap, with the filter seen as a matrix of taps by output channels ("im2col"; Chellapilla et al. 2006).
 *
 *   y  = columns(x) * W         columns(x): [batch * outHeight * outWidth, filterHeight * filterWidth * inChannels]
 *   dW = columns(x)^T * dy
 *   dx = columns^T(dy * W^T)    columns^T: the adjoint, which adds every tap back to the pixel that it came from
 *
 * Layout: channels last. Dilation: 1.
 */
export interface ConvolutionGeometry {
  readonly batchSize: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

/** Rows of the column matrix: one for each output pixel of the batch. */
export function columnRows(geometry: ConvolutionGeometry): number {
  return geometry.batchSize * geometry.outHeight * geometry.outWidth;
}

/** Columns of the column matrix: one for each tap of the filter. */
export function columnTaps(geometry: ConvolutionGeometry): number {
  return geometry.filterHeight * geometry.filterWidth * geometry.inChannels;
}

/** Writes the column matrix of `x` into `columns` [columnRows, columnTaps]; taps in the padding are 0. */
export function fillColumns(x: Float32Array, geometry: ConvolutionGeometry, columns: Float32Array): void {
  columns.fill(0);
  forEachRun(geometry, (pixel, column, length) => {
    for (let offset = 0; offset < length; offset++) columns[column + offset] = x[pixel + offset]!;
  });
}

/** Adds every entry of `columns` to the value of `x` that it came from; the adjoint of `fillColumns`. */
export function addColumns(columns: Float32Array, geometry: ConvolutionGeometry, x: Float32Array): void {
  forEachRun(geometry, (pixel, column, length) => {
    for (let offset = 0; offset < length; offset++) x[pixel + offset]! += columns[column + offset]!;
  });
}

/**
 * Calls `visit` for every run of values that lie side by side in x and in the column matrix: one row of one window,
 * without what falls into the padding.
 */
function forEachRun(
  geometry: ConvolutionGeometry,
  visit: (pixel: number, column: number, length: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const rows = columnRows(geometry);
  const taps = columnTaps(geometry);
  for (let row = 0; row < rows; row++) {
    const left = (row % outWidth) * geometry.strideWidth - geometry.padInfo.left;
    const first = Math.max(left, 0);
    const length = (Math.min(left + filterWidth, inWidth) - first) * inChannels;
    const top = (Math.floor(row / outWidth) % outHeight) * geometry.strideHeight - geometry.padInfo.top;
    const image = Math.floor(row / (outWidth * outHeight));
    for (let filterRow = 0; filterRow < filterHeight; filterRow++) {
      const y = top + filterRow;
      if (y < 0 || y >= inHeight) continue;
      const pixel = ((image * inHeight + y) * inWidth + first) * inChannels;
      visit(pixel, row * taps + (filterRow * filterWidth + first - left) * inChannels, length);
    }
  }
}

/**
 * left * right^T for left [rows, inner] and right [columns, inner], so that both are read in the order they lie in.
 *
 * Four sums at a time: one in-order walk for each alone is half as fast.
 */
export function multiplyByTransposed(left: Float32Array, right: Float32Array, inner: number): Float32Array {
  const columns = right.length / inner;
  const product = new Float32Array((left.length / inner) * columns);
  for (let row = 0, to = 0; row < left.length; row += inner) {
    let column = 0;
    for (; column + 4 <= columns; column += 4, to += 4) {
      const r0 = column * inner;
      const r1 = r0 + inner;
      const r2 = r1 + inner;
      const r3 = r2 + inner;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < inner; k++) {
        const factor = left[row + k]!;
        s0 += factor * right[r0 + k]!;
        s1 += factor * right[r1 + k]!;
        s2 += factor * right[r2 + k]!;
        s3 += factor * right[r3 + k]!;
      }
      product[to] = s0;
      product[to + 1] = s1;
      product[to + 2] = s2;
      product[to + 3] = s3;
    }
    for (; column < columns; column++, to++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += left[row + k]! * right[column * inner + k]!;
      product[to] = sum;
    }
  }
  return product;
}

/** The transposed of a matrix [rows, columns]. */
export function transpose(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  const transposed = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) transposed[column * rows + row] = matrix[row * columns + column]!;
  }
  return transposed;
}
