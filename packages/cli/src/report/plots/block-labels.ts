import { formatBytes, shorten } from '../format-figures.js';
import type { BlockReport } from '../report-data.js';

/** A label of a block: `step` and `byte` are its centre in the plot's own units. Lines are parted by newlines. */
export interface BlockLabel {
  text: string;
  step: number;
  byte: number;
}

interface Box {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** Pixels: the mean width of a character and the height of a line at the plot's font size. */
const CHARACTER = 6;
const LINE = 14;

/**
 * Finds a place for the label of each block: inside where it fits (number, tensors and bytes on two lines, or number
 * and tensors on one), else above the block, moved up past the labels that stand there already.
 *
 * @param pixelsPerStep Width of a step in the picture.
 * @param pixelsPerByte Height of a byte in the picture.
 */
export function placeBlockLabels(
  blocks: readonly BlockReport[],
  pixelsPerStep: number,
  pixelsPerByte: number,
): BlockLabel[] {
  const placed: Box[] = [];
  const numbered = blocks.map((block, i) => ({ block, number: i + 1 }));
  const byHeight = numbered.sort(
    (a, b) => b.block.bytes - a.block.bytes || a.block.offset - b.block.offset || a.number - b.number,
  );
  return byHeight.map(({ block, number }) => {
    const width = (block.lastStep + 1 - block.firstStep) * pixelsPerStep;
    const height = block.bytes * pixelsPerByte;
    const lines = linesFor(block, number, width, height);
    const box = freeBox(placed, lines, block, width, pixelsPerStep, pixelsPerByte);
    placed.push(box);
    return {
      text: lines.join('\n'),
      step: (box.left + box.right) / 2 / pixelsPerStep,
      byte: (box.bottom + box.top) / 2 / pixelsPerByte,
    };
  });
}

function linesFor(block: BlockReport, number: number, width: number, height: number): string[] {
  const room = Math.floor((width - 6) / CHARACTER) - String(number).length - 1;
  const name = room >= 4 ? `${number} ${shorten(block.tensors.join(' = '), room)}` : String(number);
  const bytes = formatBytes(block.bytes);
  const twoLines = height >= 2 * LINE + 4 && bytes.length * CHARACTER <= width - 6;
  return twoLines ? [name, bytes] : [name];
}

function freeBox(
  placed: readonly Box[],
  lines: readonly string[],
  block: BlockReport,
  width: number,
  pixelsPerStep: number,
  pixelsPerByte: number,
): Box {
  const centre = block.firstStep * pixelsPerStep + width / 2;
  const half = (Math.max(...lines.map((line) => line.length)) * CHARACTER) / 2;
  const tall = lines.length * LINE;
  const height = block.bytes * pixelsPerByte;
  const inside = height >= tall;
  let bottom = block.offset * pixelsPerByte + (inside ? (height - tall) / 2 : height + 1);
  const overlaps = (box: Box): boolean =>
    box.left < centre + half && box.right > centre - half && box.bottom < bottom + tall && box.top > bottom;
  for (let hit = placed.find(overlaps); hit !== undefined; hit = placed.find(overlaps)) bottom = hit.top;
  return { left: centre - half, right: centre + half, bottom, top: bottom + tall };
}
