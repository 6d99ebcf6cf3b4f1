import { formatCount, formatShort, shorten } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import { drawPixelImage } from '../plots/pixel-image.js';
import type { MisreadReport, PrecisionReport, ReportData } from '../report-data.js';
import { perPrecision, type Section } from '../section.js';

/** Pictures shown per precision, so that a poor model does not make a huge file. */
const MAX_PICTURES = 120;

/** The test images that were read wrongly, as pictures. */
export const misreadSection: Section = {
  id: 'misread',
  title: 'Misread images',
  render: (data) => perPrecision('misread', data.precisions, (precision) => renderMisread(precision, data)),
};

function renderMisread({ precision, misread }: PrecisionReport, { data }: ReportData): Html | null {
  if (misread.length === 0) return null;
  const total = formatCount(misread.length);
  const images = misread.length === 1 ? '1 image' : `${total} images`;
  const shown = misread.length > MAX_PICTURES ? ` The first ${MAX_PICTURES} of ${total} are shown.` : '';
  return markup`<p>${images} misread by ${precision}: the true class, the class read, and by how much it won (margin).${shown}</p>
<ul class="gallery">
${misread.slice(0, MAX_PICTURES).map((image) => markup`<li>${renderImage(image, data?.imageShape[1])}</li>\n`)}</ul>`;
}

function renderImage({ index, label, read, margin, pixels }: MisreadReport, columns: number | undefined): Html {
  const truth = shorten(label, 24);
  const seen = shorten(read, 24);
  const picture = drawPixelImage(
    pixels,
    Math.max(1, columns ?? Math.ceil(Math.sqrt(pixels.length))),
    `Test image ${index}: ${truth} read as ${seen}`,
  );
  return markup`<figure>${picture}<figcaption><strong>${truth} \u2192 ${seen}</strong>
<span>margin ${formatShort(margin)}</span>
<span>image ${formatCount(index)}</span></figcaption></figure>`;
}
