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
  const levels = new Map<number, string>();
  for (let row = 0; row < rows; row++) {
    for (const run of runsOf(pixels.subarray(row * columns, (row + 1) * columns))) {
      const path = `M${run.start} ${row}h${run.length}v1h-${run.length}z`;
      if (run.level > 0) levels.set(run.level, (levels.get(run.level) ?? '') + path);
    }
  }
  const paths = Array.from(levels).sort(([a], [b]) => a - b);
  return markup`<svg class="pixels" role="img" aria-label="${description}" viewBox="0 0 ${columns} ${rows}">${paths.map(
    ([level, path]) => markup`<path opacity="${level / LEVELS}" d="${path}"/>`,
  )}</svg>`;
}

/** The stretches of equal level in one row of pixels. */
function runsOf(row: Uint8Array): { start: number; length: number; level: number }[] {
  const runs: { start: number; length: number; level: number }[] = [];
  for (const [start, value] of row.entries()) {
    const level = Math.min(value, LEVELS);
    const last = runs.at(-1);
    if (last?.level === level) last.length++;
    else runs.push({ start, length: 1, level });
  }
  return runs;
}
