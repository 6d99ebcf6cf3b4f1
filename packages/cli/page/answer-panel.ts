import type { PageOutput } from '../src/demo/page-data.js';
import { element } from './dom.js';
import { createPicture, paintPicture } from './pictures.js';
import { elementCountOf, formatNumber, readReal } from './values.js';

/** Values of one output that are listed; of more, those are that are greatest. */
const MOST_ROWS = 16;

/** Shows an output of an inference; answers with it in words. */
type Show = (trace: Uint8Array) => string;

/** Fills the panel with a part for each output. */
export function createAnswerPanel(panel: HTMLElement, outputs: readonly PageOutput[]): Show {
  const parts = outputs.map((output) => (output.kind === 'picture' ? pictureOf(output) : barsOf(output)));
  parts.forEach(({ part }, i) => {
    if (outputs.length > 1) panel.append(element('h3', {}, outputs[i]!.name));
    panel.append(part);
  });
  return (trace) =>
    parts
      .map(({ show }) => show(trace))
      .filter((text) => text !== '')
      .join('; ');
}

function pictureOf(output: PageOutput): { part: HTMLElement; show: Show } {
  const canvas = createPicture(`${output.name}, as a picture`);
  const shape = elementCountOf(output) === 64 ? [8, 8] : output.shape;
  const show: Show = (trace) => {
    paintPicture(canvas, readReal(output, trace, output.traceOffset), shape);
    return '';
  };
  return { part: canvas, show };
}

function barsOf(output: PageOutput): { part: HTMLElement; show: Show } {
  const count = Math.min(MOST_ROWS, elementCountOf(output));
  const rows = Array.from({ length: count }, () => {
    const [name, bar, value] = [
      element('th', { scope: 'row' }),
      element('div', { class: 'bar' }),
      element('td', { class: 'number' }),
    ];
    return {
      name,
      bar,
      value,
      row: element('tr', {}, name, element('td', { class: 'track', 'aria-hidden': 'true' }, bar), value),
    };
  });
  const isShare = output.kind === 'probabilities';
  const show: Show = (trace) => {
    const values = readReal(output, trace, output.traceOffset);
    const order = Array.from(values.keys());
    if (values.length > count) order.sort((a, b) => values[b]! - values[a]!);
    const best = values.indexOf(Math.max(...values));
    const scale = isShare ? 1 : Math.max(...values.map(Math.abs)) || 1;
    const textOf = (value: number): string => (isShare ? `${(100 * value).toFixed(1)} %` : formatNumber(value));
    rows.forEach(({ name, bar, value, row }, i) => {
      const index = order[i]!;
      name.textContent = output.labels?.[index] ?? String(index);
      value.textContent = textOf(values[index]!);
      bar.style.width = `${(100 * Math.min(1, Math.abs(values[index]!) / scale)).toFixed(1)}%`;
      bar.classList.toggle('negative', values[index]! < 0);
      row.classList.toggle('best', output.labels !== null && index === best);
    });
    if (output.labels !== null) return `Reads ${output.labels[best]}: ${textOf(values[best]!)}`;
    return rows.map(({ value }) => value.textContent).join(', ');
  };
  return {
    part: element(
      'table',
      { class: 'bars', 'aria-label': output.name },
      element('tbody', {}, ...rows.map(({ row }) => row)),
    ),
    show,
  };
}
