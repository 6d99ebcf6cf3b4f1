import type { Picture } from '../../pictures/picture.js';
import { type Html, markup } from '../html.js';
import type { Section } from '../section.js';

/** What the data look like before anything is trained. */
export const dataPicturesSection: Section = {
  id: 'pictures',
  title: 'The data, seen',
  render: ({ pictures }) => renderPictures(pictures.data),
};

/** What the network has learnt. */
export const weightPicturesSection: Section = {
  id: 'weights',
  title: 'Weights',
  render: ({ pictures }) => renderPictures(pictures.weights),
};

function renderPictures(pictures: readonly Picture[]): Html | null {
  if (pictures.length === 0) return null;
  return markup`<div class="side-by-side">
${pictures.map(
  ({ title, caption, image }) => markup`<figure><h3>${title}</h3>
${image}
<figcaption>${caption}</figcaption></figure>
`,
)}</div>`;
}
