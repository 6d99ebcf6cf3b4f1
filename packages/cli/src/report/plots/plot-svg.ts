import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, markup, trustedMarkup } from '../html.js';

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
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const figure = Plot.plot({ ...options, document, figure: false, className: 'plot' }) as unknown as SvgElement;
  for (const element of figure.querySelectorAll('style')) element.remove();
  for (const element of figure.querySelectorAll('[aria-label]')) element.removeAttribute('aria-label');
  const width = `min-width:${Math.round((options.width ?? 640) * 0.8)}px`;
  return markup`<div class="scroll" role="img" aria-label="${description}"><div style="${width}">
${trustedMarkup(figure.outerHTML)}</div></div>`;
}

/** The little of the DOM that is needed here. */
interface SvgElement {
  readonly outerHTML: string;
  querySelectorAll(selector: string): Iterable<{ remove(): void; removeAttribute(name: string): void }>;
}
