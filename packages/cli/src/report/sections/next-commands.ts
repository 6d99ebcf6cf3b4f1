import { markup } from '../html.js';
import type { Section } from '../section.js';

/** What to type next. */
export const nextCommandsSection: Section = {
  id: 'next',
  title: 'What next',
  render: ({ next }) =>
    next.length === 0
      ? null
      : markup`<ul class="commands">
${next.map(({ command, what }) => markup`<li><pre><code>${command}</code></pre><p>${what}</p></li>\n`)}</ul>`,
};
