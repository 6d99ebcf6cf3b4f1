import { type Html, markup } from '../html.js';

const LEVELS = 16;

/**
 * Draws a grey image as SVG, one path per level of ink.
 *
 * @param pixels Row-major, 0 (paper) to 16 (ink).
 * @param columns Pixels in a row.
 * @param description What the picture shows, for those who do not see it.
 */
export function drawPixelImage(pixels: Uint8Array, columns: number, description: string): Html {
  const rows = Math.ceil(pixels.length / columns);
  const paths = Array.from({ length: LEVELS }, (_, i) => i + 1).flatMap((level) => {
    const squares = Array.from(pixels.entries()).filter(([, value]) => Math.min(value, LEVELS) === level);
    const path = squares.map(([i]) => `M${i % columns} ${Math.floor(i / columns)}h1v1h-1z`).join('');
    return path === '' ? [] : [markup`<path opacity="${level / LEVELS}" d="${path}"/>`];
  });
  return markup`<svg class="pixels" role="img" aria-label="${description}" viewBox="0 0 ${columns} ${rows}">${paths}</svg>`;
}
