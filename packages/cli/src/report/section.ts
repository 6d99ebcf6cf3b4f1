import { type Html, markup } from './html.js';
import type { PrecisionReport, ReportData } from './report-data.js';

/** One part of the report. `render` gives null where the data for it are missing. */
export interface Section {
  id: string;
  title: string;
  render: (data: ReportData) => Html | null;
}

/**
 * The same content once per precision, each under its own heading `<id>-<precision>`.
 *
 * @returns null if no precision has any.
 */
export function perPrecision(
  id: string,
  precisions: readonly PrecisionReport[],
  render: (precision: PrecisionReport) => Html | null,
): Html | null {
  const parts = precisions.flatMap((precision) => {
    const content = render(precision);
    return content === null
      ? []
      : [
          markup`<div><h3 id="${id}-${precision.precision}">${precision.precision}</h3>
${content}</div>\n`,
        ];
  });
  return parts.length === 0 ? null : markup`${parts}`;
}
