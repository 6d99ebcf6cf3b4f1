import * as Plot from '@observablehq/plot';
import { type Html, markup, trustedMarkup } from '../html.js';
import { parseMarkup, type MarkupElement } from '../parse-markup.js';

/** CSS pixels. A plot that is wider scrolls on a phone instead of shrinking until its text is illegible. */
const PHONE_WIDTH = 480;

/**
 * Draws a plot on the server as inline SVG. Colours come from the page's style sheet through the marks' `className`, so
 * that they follow light and dark.
 *
 * The marks must use no clip path (Plot numbers those across calls, and the same data would no longer give the same
 * bytes), and may carry text from outside only in text and title channels, which the DOM escapes.
 *
 * @param description What the picture shows, for those who do not see it.
 * @param options Plot's own; width and height are in CSS pixels.
 */
export function renderPlot(description: string, options: Plot.PlotOptions): Html {
  const document = parseMarkup('<!doctype html><html><body></body></html>');
  const settings = { ...options, document, figure: false, className: 'plot' } as Plot.PlotOptions;
  const figure = Plot.plot(settings) as unknown as MarkupElement;
  for (const element of figure.querySelectorAll('style')) element.remove();
  for (const element of figure.querySelectorAll('[aria-label]')) element.removeAttribute('aria-label');
  const width = options.width ?? 640;
  const scrolls = width > PHONE_WIDTH;
  const limits = `min-width:${scrolls ? width : Math.round(width * 0.8)}px;max-width:${Math.round(width * 1.2)}px`;
  return markup`<div class="scroll" role="img" aria-label="${description}"${scrolls ? markup` tabindex="0"` : null}>
<div style="${limits}">${trustedMarkup(figure.outerHTML)}</div></div>`;
}
