import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

/** How far an image is moved at most; each time anew, all values uniform up to both sides. */
export interface Augmentation {
  /** In pixels, along both axes. */
  readonly shift: number;
  readonly rotationDegrees: number;
  /** A share: 0.1 makes it up to a tenth greater or smaller, each axis for itself. */
  readonly zoom: number;
  /** Columns a row is moved against the next. */
  readonly shear: number;
}

/** One movement of an image about its centre. */
export interface Movement {
  /** Where the source lies of what is drawn, in pixels. */
  readonly shift: readonly [rows: number, columns: number];
  readonly angle: number;
  readonly zoom: readonly [rows: number, columns: number];
  readonly shear: number;
}

/** Moves an image [height, width] at random; the numbers are drawn in a fixed order. */
export function augmentImage(
  image: ArrayLike<number>,
  size: readonly [height: number, width: number],
  { shift, rotationDegrees, zoom, shear }: Augmentation,
  random: RandomGenerator,
): Float32Array {
  const draw = (limit: number): number => (2 * uniformFloat64(random) - 1) * limit;
  return moveImage(image, size, {
    angle: (draw(rotationDegrees) * Math.PI) / 180,
    zoom: [1 + draw(zoom), 1 + draw(zoom)],
    shear: draw(shear),
    shift: [draw(shift), draw(shift)],
  });
}

/**
 * Shifts, turns, zooms and slants an image [height, width] about its centre, with bilinear interpolation; what comes in
 * from outside is 0.
 *
 *   source column = (cos * x + (shear - sin) * y) / zoom + centre + shift    x, y: where it is drawn, from the centre
 *   source row    = (sin * x + cos * y) / zoom + centre + shift
 */
export function moveImage(
  image: ArrayLike<number>,
  [height, width]: readonly [height: number, width: number],
  { angle, zoom, shear, shift }: Movement,
): Float32Array {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
  return Float32Array.from({ length: height * width }, (_, index) => {
    const [x, y] = [(index % width) - centreX, Math.floor(index / width) - centreY];
    const column = (cosine * x + (shear - sine) * y) / zoom[1] + centreX + shift[1];
    const row = (sine * x + cosine * y) / zoom[0] + centreY + shift[0];
    return interpolate(image, [height, width], row, column);
  });
}

function interpolate(
  image: ArrayLike<number>,
  [height, width]: readonly [number, number],
  row: number,
  column: number,
): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const at = (y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : image[y * width + x]!;
  const above = at(top, left) * (1 - right) + at(top, left + 1) * right;
  const below = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right;
  return above * (1 - down) + below * down;
}
