import { presentableTexts } from './format-figures.js';
import { type Html, markup, trustedMarkup } from './html.js';
import type { ReportData } from './report-data.js';
import type { Section } from './section.js';
import { confusionSection } from './sections/confusion.js';
import { dataSetSection } from './sections/data-set.js';
import { disagreementsSection } from './sections/disagreements.js';
import { filesSection } from './sections/files.js';
import { renderHeadline } from './sections/headline.js';
import { layersSection } from './sections/layers.js';
import { memorySection } from './sections/memory.js';
import { misreadSection } from './sections/misread.js';
import { nextCommandsSection } from './sections/next-commands.js';
import { paritySection } from './sections/parity.js';
import { precisionsSection } from './sections/precisions.js';
import { sizesSection } from './sections/sizes.js';
import { trainingSection } from './sections/training.js';
import { STYLESHEET } from './stylesheet.js';

const SECTIONS: readonly Section[] = [
  dataSetSection,
  trainingSection,
  paritySection,
  precisionsSection,
  layersSection,
  memorySection,
  sizesSection,
  confusionSection,
  misreadSection,
  disagreementsSection,
  filesSection,
  nextCommandsSection,
];

/** Longest texts shown, in characters: sources, notices and commands; and names, of which there are many. */
const TEXT_LIMIT = 1000;
const NAME_LIMIT = 100;

/**
 * Renders the report as one HTML file that needs nothing else: no network, no script, its styles and pictures inside.
 *
 * The same data give the same bytes. Every text of `data` is escaped, and shortened with an ellipsis where it is longer
 * than 1,000 characters (names of a precision's parts and of classes: 100). A section whose data are missing is
 * left out.
 */
export function renderReport(data: ReportData): string {
  const presented = presentableReport(data);
  const sections = SECTIONS.flatMap(({ id, title, render }) => {
    const content = render(presented);
    return content === null ? [] : [{ id, title, content }];
  });
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${presented.title}</title>
<style>${trustedMarkup(STYLESHEET)}</style>
</head>
<body>
${renderHeader(presented, sections)}
<main>
${sections.map(
  ({ id, title, content }) => markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content}
</section>
`,
)}</main>
<footer><p>Written by Kiln ${presented.kilnVersion}.</p></footer>
</body>
</html>
`.text;
}

function renderHeader(data: ReportData, sections: readonly { id: string; title: string }[]): Html {
  const notice = data.data?.notice ?? null;
  return markup`<header>
<h1>${data.title}</h1>
<p class="muted">Model ${data.model.name}, SHA-256 <code>${data.model.sha256}</code></p>
${notice === null ? null : renderNotice(notice)}
${renderHeadline(data)}
${renderContents(sections)}
</header>`;
}

function renderNotice(notice: string): Html {
  return markup`<aside class="notice" aria-labelledby="notice">
<h2 id="notice">Please note</h2>
<p>${notice}</p>
</aside>`;
}

function renderContents(sections: readonly { id: string; title: string }[]): Html | null {
  if (sections.length === 0) return null;
  const links = sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>\n`);
  return markup`<nav aria-label="Contents"><ul>\n${links}</ul></nav>`;
}

function presentableReport(data: ReportData): ReportData {
  const presented = presentableTexts(data, TEXT_LIMIT);
  return {
    ...presented,
    data: presented.data && { ...presented.data, classes: presentableTexts(presented.data.classes, NAME_LIMIT) },
    precisions: presentableTexts(presented.precisions, NAME_LIMIT),
  };
}
