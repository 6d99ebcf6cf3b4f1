/**
 * Turns a drawing into what the UCI digits are: a bitmap of 32x32 points, normalised as NIST's preprocessing did, whose
 * blocks of 4x4 points are counted. Source: E. Alpaydin and C. Kaynak, optdigits.names, 1998; and for the normalisation
 * M. D. Garris et al., NIST Form-Based Handprint Recognition System, NISTIR 5469, 1994 (hsfsys: norm_2nd_gen2, shear).
 */

/** A picture of points that are set (1) or not (0), row by row. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly points: Uint8Array;
}

/** Points of the normalised bitmap to a side, and of the region that a character is stretched to. */
const SIDE = 32;
const CHARACTER = { width: 20, height: 32 } as const;
/** Points to a side of a block, and blocks to a side. */
const BLOCK = 4;
export const BLOCKS = SIDE / BLOCK;
/** Numbers of set points below which strokes are thickened and above which they are thinned, once or twice. Source: hsfsys. */
const INK = { thickenTwice: 108, thicken: 256, thin: 412, thinTwice: 560 } as const;

/** Rows at the top and at the bottom that the slant is not measured at. Source: hsfsys. */
const NOISY_ROWS = 2;

/** The 64 counts 0..16 of a drawing, row by row; all zero for an empty one. */
export function scaleDrawing(drawing: Bitmap): Uint8Array {
  const stretched = stretch(drawing);
  return stretched === null ? new Uint8Array(BLOCKS * BLOCKS) : countBlocks(shear(evenInk(stretched)));
}

/** The smallest rectangle that holds all set points; null if there are none. */
function boundsOf({ width, height, points }: Bitmap) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  points.forEach((point, i) => {
    if (point === 0) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  });
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Stretches what is drawn to 20x32 points, in the middle of 32x32: both directions by factors of their own. */
function stretch(drawing: Bitmap): Uint8Array | null {
  const bounds = boundsOf(drawing);
  if (bounds === null) return null;
  const margin = (SIDE - CHARACTER.width) / 2;
  return mapPoints((x, y) => {
    if (x < margin || x >= SIDE - margin) return 0;
    const sourceX = bounds.left + Math.floor(((x - margin + 0.5) * bounds.width) / CHARACTER.width);
    const sourceY = bounds.top + Math.floor(((y + 0.5) * bounds.height) / CHARACTER.height);
    return drawing.points[sourceY * drawing.width + sourceX] ?? 0;
  });
}

/** Thickens thin strokes and thins thick ones, so that every writer's pen becomes about the same. */
function evenInk(points: Uint8Array): Uint8Array {
  const ink = points.reduce((sum, point) => sum + point, 0);
  if (ink > INK.thin) return ink > INK.thinTwice ? thin(thin(points)) : thin(points);
  if (ink < INK.thicken) return ink < INK.thickenTwice ? thicken(thicken(points)) : thicken(points);
  return points;
}

/** A point is set if it or one of its four neighbours was. */
function thicken(points: Uint8Array): Uint8Array {
  return mapPoints((x, y) => (crossAt(points, x, y).includes(1) ? 1 : 0));
}

/** A point stays set if its four neighbours were set too. */
function thin(points: Uint8Array): Uint8Array {
  return mapPoints((x, y) => (crossAt(points, x, y).includes(0) ? 0 : 1));
}

function crossAt(points: Uint8Array, x: number, y: number): number[] {
  return [
    pointAt(points, x, y),
    pointAt(points, x - 1, y),
    pointAt(points, x + 1, y),
    pointAt(points, x, y - 1),
    pointAt(points, x, y + 1),
  ];
}

/**
 * Sets slanting characters upright: rows are shifted about the middle one so that the leftmost points near the top and near
 * the bottom come to stand in one column. The outermost rows are left out, as they may be noise.
 */
function shear(points: Uint8Array): Uint8Array {
  const left = (y: number): number => points.subarray(y * SIDE, (y + 1) * SIDE).indexOf(1);
  const top = points.indexOf(1);
  if (top < 0) return points;
  const [first, last] = [
    Math.min(Math.floor(top / SIDE) + NOISY_ROWS, SIDE - 1),
    Math.floor(points.lastIndexOf(1) / SIDE) - NOISY_ROWS,
  ];
  if (last <= first || left(first) < 0 || left(last) < 0) return points;
  const slope = (left(last) - left(first)) / (last - first);
  return mapPoints((x, y) => pointAt(points, x + Math.round(slope * (y - SIDE / 2)), y));
}

function countBlocks(points: Uint8Array): Uint8Array {
  const counts = new Uint8Array(BLOCKS * BLOCKS);
  points.forEach((point, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    counts[Math.floor(y / BLOCK) * BLOCKS + Math.floor(x / BLOCK)]! += point;
  });
  return counts;
}

/** What lies outside is empty. */
function pointAt(points: Uint8Array, x: number, y: number): number {
  return x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : points[y * SIDE + x]!;
}

function mapPoints(at: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => at(i % SIDE, Math.floor(i / SIDE)));
}
