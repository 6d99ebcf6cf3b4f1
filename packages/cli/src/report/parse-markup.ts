import { parseHTML } from 'linkedom';

/** The little of an element that reports and their tests need; the DOM's own types are not loaded here. */
export interface MarkupElement {
  readonly outerHTML: string;
  readonly textContent: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  remove(): void;
  querySelectorAll(selector: string): Iterable<MarkupElement>;
}

/** The little of a document that reports and their tests need. */
export interface MarkupDocument {
  readonly body: MarkupElement;
  querySelectorAll(selector: string): Iterable<MarkupElement>;
}

/** Reads HTML into a document, without a browser. */
export function parseMarkup(page: string): MarkupDocument {
  const { document } = parseHTML(page) as unknown as { document: MarkupDocument };
  return document;
}
