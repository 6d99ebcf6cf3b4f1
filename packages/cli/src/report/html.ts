/** Text that is already HTML. Only `markup` and `trustedMarkup` make it, so that nothing gets in unescaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a hole of a `markup` template; `null` leaves nothing. */
export type HtmlValue = string | number | null | Html | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for an HTML text node or a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A tagged template that escapes every value in it. Attributes must be written in double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((part, i) => part + (i < values.length ? markupOf(values[i] ?? null) : '')).join(''));
}

/** Wraps markup that was escaped elsewhere, such as a plot written out by its DOM. */
export function trustedMarkup(text: string): Html {
  return new Html(text);
}

function markupOf(value: HtmlValue): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return escapeHtml(String(value));
  return value.map(markupOf).join('');
}
