import { formatDecimal, formatPercent } from '../format-figures.js';
import type { Html } from '../html.js';
import type { EpochReport } from '../report-data.js';
import { plotTrainingCurve } from './training-curve.js';

/** Loss over the epochs. `measure` says what the loss is. */
export function lossCurve(epochs: readonly EpochReport[], measure: string): Html {
  const last = epochs.at(-1);
  return plotTrainingCurve({
    label: `loss (${measure})`,
    description: `Loss over ${epochs.length} epochs: ends at ${formatDecimal(last?.loss ?? null, 4)} in training, ${formatDecimal(last?.testLoss ?? null, 4)} in testing.`,
    points: epochs.map(({ epoch, loss, testLoss }) => ({ epoch, training: loss, testing: testLoss })),
    zero: true,
  });
}

/** Accuracy over the epochs, in per cent. */
export function accuracyCurve(epochs: readonly EpochReport[]): Html {
  const last = epochs.at(-1);
  return plotTrainingCurve({
    label: 'accuracy (%)',
    description: `Accuracy over ${epochs.length} epochs: ends at ${formatPercent(last?.accuracy ?? null)} in training, ${formatPercent(last?.testAccuracy ?? null)} in testing.`,
    points: epochs.map(({ epoch, accuracy, testAccuracy }) => ({
      epoch,
      training: accuracy * 100,
      testing: testAccuracy * 100,
    })),
    zero: false,
  });
}
