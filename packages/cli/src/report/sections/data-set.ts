import { formatCount } from '../format-figures.js';
import { markup } from '../html.js';
import type { Section } from '../section.js';

/** Which model and which data the report speaks of. */
export const dataSetSection: Section = {
  id: 'data',
  title: 'Data set',
  render: ({ data }) =>
    data === null
      ? null
      : markup`<dl class="facts">
<dt>Name</dt><dd>${data.name}</dd>
<dt>Source</dt><dd>${data.source}</dd>
<dt>Training set</dt><dd>${formatCount(data.trainCount)} images</dd>
<dt>Test set</dt><dd>${formatCount(data.testCount)} images</dd>
<dt>Image</dt><dd>${data.imageShape.join(' \u00d7 ')} pixels</dd>
<dt>Classes</dt><dd>${formatCount(data.classes.length)}: ${data.classes.join(', ')}</dd>
<dt>SHA-256</dt><dd><code>${data.sha256}</code></dd>
</dl>`,
};
