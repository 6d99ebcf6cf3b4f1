import { type Dataset, explore } from '@kiln/train';
import { plotClassPlane } from '../report/plots/class-plane.js';
import { plotCovariance } from '../report/plots/covariance.js';
import { plotExplainedVariance } from '../report/plots/explained-variance.js';
import { plotTiles } from '../report/plots/tile-sheet.js';
import type { Picture } from './picture.js';

const SAMPLES = 9;
/** More points than these would hide one another. */
const POINTS = 900;
const FULL = 16;

/** What a data set looks like before anything is trained: samples, covariance, variance by component, the plane of the first two. */
export function dataPictures(data: Dataset): Picture[] {
  const { covariance, explainedVariance, projected } = explore(data);
  const columns = data.shape[1] ?? 1;
  const share = (components: number): string =>
    `${(100 * explainedVariance.slice(0, components).reduce((sum, part) => sum + part, 0)).toFixed(1)} %`;
  return [
    {
      name: 'samples',
      title: 'Nine samples',
      caption: 'The first nine images of the training set, each with its class.',
      image: plotTiles('The first nine training images', samples(data), { perRow: 3, pixelSize: 12 }),
    },
    {
      name: 'covariance',
      title: 'Covariance of the pixels',
      caption:
        'Each pixel standardised, against each other one. Blue pixels grow together; of orange ones one grows as the other falls. ' +
        'Blank rows are pixels that never change.',
      image: plotCovariance(`Covariance of the ${covariance.length} standardised pixels`, covariance, columns),
    },
    {
      name: 'explained-variance',
      title: 'Variance by principal component',
      caption: `The first two components hold ${share(2)} of the variance, the first ten ${share(10)}.`,
      image: plotExplainedVariance(
        `Share of the variance of ${explainedVariance.length} components`,
        explainedVariance,
      ),
    },
    {
      name: 'components',
      title: 'The first two principal components',
      caption: `${Math.min(POINTS, projected.length)} test images at their first two components, drawn as their classes.`,
      image: plotClassPlane(
        'Test images at their first two principal components',
        projected.slice(0, POINTS).map(({ first, second, label }) => ({ x: first, y: second, label })),
        data.classes,
        { x: 'first component', y: 'second component' },
      ),
    },
  ];
}

function samples({ train, classes, shape }: Dataset) {
  const size = shape.reduce((product, length) => product * length, 1);
  return Array.from({ length: Math.min(SAMPLES, train.count) }, (_, i) => ({
    pixels: Array.from(train.images.subarray(i * size, (i + 1) * size), (pixel) => pixel / FULL),
    columns: shape[1] ?? 1,
    label: classes[train.labels[i]!] ?? '',
  }));
}
