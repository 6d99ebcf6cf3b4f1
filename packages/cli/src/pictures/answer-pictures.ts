import { confusionMatrix } from '@kiln/train';
import type { Evaluation } from '../model-folder.js';
import { plotConfusionMatrix } from '../report/plots/confusion-matrix.js';
import { plotTiles } from '../report/plots/tile-sheet.js';
import type { Picture } from './picture.js';

/** Misread images shown. */
const MAX_MISREAD = 60;
const FULL = 16;

/** What a network that names classes answers on the test set: the confusion matrix and the misread images. */
export function answerPictures(
  evaluation: Evaluation,
  answers: Uint8Array,
  classes: readonly string[],
  columns: number,
): Picture[] {
  const { labels, inputs, count } = evaluation;
  if (labels === null) return [];
  const size = inputs.length / count;
  const misread = Array.from(labels).flatMap((label, i) => (answers[i] === label ? [] : [i]));
  const name = (label: number): string => classes[label] ?? String(label);
  const confusion: Picture = {
    name: 'confusion',
    title: 'Confusion matrix',
    caption: `${count} test images, a row for each true class: ${misread.length} are misread.`,
    image: plotConfusionMatrix('Confusion matrix', confusionMatrix(labels, answers, classes.length), classes),
  };
  if (misread.length === 0) return [confusion];
  const tiles = misread.slice(0, MAX_MISREAD).map((i) => ({
    pixels: Array.from(inputs.subarray(i * size, (i + 1) * size), (pixel) => pixel / FULL),
    columns,
    label: `${name(labels[i]!)} \u2192 ${name(answers[i]!)}`,
  }));
  return [
    confusion,
    {
      name: 'misread',
      title: 'Misread images',
      caption: `The true class \u2192 the class read. ${tiles.length} of ${misread.length} are shown.`,
      image: plotTiles('Misread test images', tiles, { perRow: 10, pixelSize: 6 }),
    },
  ];
}
