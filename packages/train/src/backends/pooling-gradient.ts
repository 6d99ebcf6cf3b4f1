/** The geometry of a 2D max pooling, channels last; a part of what `computePool2DInfo` gives. */
export interface PoolingGeometry {
  readonly batchSize: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly effectiveFilterHeight: number;
  readonly effectiveFilterWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

/**
 * The gradient of max pooling: adds each dy to the dx of the first maximum of its window, in row-major order.
 *
 * x and dx: [batch, inHeight, inWidth, channels]; dy: [batch, outHeight, outWidth, channels]. dx is overwritten.
 * The running maximum starts at minus infinity, so windows without a positive value are right too.
 */
export function maxPoolGradient(x: Float32Array, dy: Float32Array, geometry: PoolingGeometry, dx: Float32Array): void {
  const { batchSize, outHeight, outWidth, inChannels } = geometry;
  dx.fill(0);
  let out = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        for (let channel = 0; channel < inChannels; channel++) {
          const winner = positionOfMaximum(x, geometry, image, outY, outX, channel);
          if (winner >= 0) dx[winner]! += dy[out]!;
          out++;
        }
      }
    }
  }
}

function positionOfMaximum(
  x: Float32Array,
  geometry: PoolingGeometry,
  image: number,
  outY: number,
  outX: number,
  channel: number,
): number {
  const { inHeight, inWidth, inChannels, effectiveFilterHeight, effectiveFilterWidth } = geometry;
  const top = outY * geometry.strideHeight - geometry.padInfo.top;
  const left = outX * geometry.strideWidth - geometry.padInfo.left;
  let maximum = -Infinity;
  let position = -1;
  for (let y = top; y < top + effectiveFilterHeight; y += geometry.dilationHeight) {
    if (y < 0 || y >= inHeight) continue;
    for (let column = left; column < left + effectiveFilterWidth; column += geometry.dilationWidth) {
      if (column < 0 || column >= inWidth) continue;
      const candidate = ((image * inHeight + y) * inWidth + column) * inChannels + channel;
      if (x[candidate]! <= maximum) continue;
      maximum = x[candidate]!;
      position = candidate;
    }
  }
  return position;
}
