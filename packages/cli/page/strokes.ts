import type { Bitmap } from './scale-drawing.js';

/** A point of the pad, both coordinates from 0 to 1. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the pen drew from where it was set down to where it was lifted; of one point, a dot. */
export type Stroke = readonly Point[];

/** Points to a side of the bitmap that strokes are drawn into. */
export const PAD_SIDE = 128;
/** Of the pen, in points of that bitmap. A tenth of a character's height, about a ballpoint on NIST's forms. */
export const PEN_RADIUS = 5;

/** Draws strokes with a round pen. */
export function rasterize(strokes: readonly Stroke[]): Bitmap {
  const points = new Uint8Array(PAD_SIDE * PAD_SIDE);
  for (const stroke of strokes) {
    stroke.forEach((end, i) => drawLine(points, stroke[Math.max(0, i - 1)]!, end));
  }
  return { width: PAD_SIDE, height: PAD_SIDE, points };
}

function drawLine(points: Uint8Array, from: Point, to: Point): void {
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) * PAD_SIDE));
  for (let i = 0; i <= steps; i++) {
    const share = i / steps;
    drawDot(points, (from.x + (to.x - from.x) * share) * PAD_SIDE, (from.y + (to.y - from.y) * share) * PAD_SIDE);
  }
}

function drawDot(points: Uint8Array, centreX: number, centreY: number): void {
  for (let y = Math.floor(centreY - PEN_RADIUS); y <= centreY + PEN_RADIUS; y++) {
    for (let x = Math.floor(centreX - PEN_RADIUS); x <= centreX + PEN_RADIUS; x++) {
      const isInside = x >= 0 && y >= 0 && x < PAD_SIDE && y < PAD_SIDE;
      if (isInside && Math.hypot(x + 0.5 - centreX, y + 0.5 - centreY) <= PEN_RADIUS) points[y * PAD_SIDE + x] = 1;
    }
  }
}
