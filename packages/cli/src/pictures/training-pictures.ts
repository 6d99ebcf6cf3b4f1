import type { TrainingRecord } from '@kiln/train';
import { accuracyCurve, lossCurve } from '../report/plots/epoch-curves.js';
import type { EpochReport } from '../report/report-data.js';
import type { Picture } from './picture.js';

/** The epochs of a training, as the report has them. */
export function epochReports({ history }: TrainingRecord): EpochReport[] {
  return history.map(({ epoch, train, test }) => ({
    epoch,
    loss: train.loss,
    accuracy: train.accuracy ?? NaN,
    testLoss: test.loss,
    testAccuracy: test.accuracy ?? NaN,
  }));
}

/** Loss per epoch, and accuracy where there are classes. */
export function trainingPictures(record: TrainingRecord): Picture[] {
  const epochs = epochReports(record);
  if (epochs.length === 0) return [];
  const classifies = record.final.test.accuracy !== null;
  const measure = classifies ? 'cross-entropy' : 'mean squared error';
  const loss: Picture = {
    name: 'loss',
    title: 'Loss per epoch',
    caption: `Loss (${measure}) after each epoch, on the training set and on the test set.`,
    image: lossCurve(epochs, measure),
  };
  if (!classifies) return [loss];
  return [
    loss,
    {
      name: 'accuracy',
      title: 'Accuracy per epoch',
      caption: 'Dropout is at work on the training set only, which can put its curve below.',
      image: accuracyCurve(epochs),
    },
  ];
}
