import { formatCount, formatDecimal, formatPercent } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import { accuracyCurve, lossCurve } from '../plots/epoch-curves.js';
import type { TrainingReport } from '../report-data.js';
import type { Section } from '../section.js';
import { renderTable } from '../table.js';

/** Loss and accuracy per epoch, as two pictures and as figures. */
export const trainingSection: Section = {
  id: 'training',
  title: 'Training',
  render: ({ training }) => (training === null ? null : renderTraining(training)),
};

function renderTraining(training: TrainingReport): Html {
  const epochs = training.epochs;
  const facts = markup`<dl class="facts">
<dt>Backend</dt><dd>TensorFlow.js, ${training.backend}</dd>
<dt>Seed</dt><dd>${training.seed}</dd>
<dt>Epochs</dt><dd>${formatCount(epochs.length)}; weights kept: ${training.keep}</dd>
</dl>`;
  if (epochs.length === 0) return facts;
  return markup`${facts}
<div class="side-by-side">
<figure>${lossCurve(epochs, 'cross-entropy')}<figcaption>Loss: cross-entropy, lower is better.</figcaption></figure>
<figure>${accuracyCurve(epochs)}<figcaption>Accuracy. Dropout
is at work on the training set only, which can put its curve below.</figcaption></figure>
</div>
<details><summary>Every epoch in figures</summary>
${renderTable(
  'Loss and accuracy after each epoch',
  [
    { head: 'Epoch', numeric: true, cell: (row) => formatCount(row.epoch) },
    { head: 'Training loss', numeric: true, cell: (row) => formatDecimal(row.loss, 4) },
    { head: 'Test loss', numeric: true, cell: (row) => formatDecimal(row.testLoss, 4) },
    { head: 'Training accuracy', numeric: true, cell: (row) => formatPercent(row.accuracy) },
    { head: 'Test accuracy', numeric: true, cell: (row) => formatPercent(row.testAccuracy) },
  ],
  epochs,
)}
</details>`;
}
