import type { Html } from '../report/html.js';

/** One picture, as it goes into a file or the report. */
export interface Picture {
  /** Name of its file, without an ending. */
  readonly name: string;
  readonly title: string;
  /** What it shows and how it is read, in a sentence or two. */
  readonly caption: string;
  readonly image: Html;
}
