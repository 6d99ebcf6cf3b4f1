/**
 * @typedef {object} Outcome  one case on one engine, as test/conformance/oracle.test.ts reports it
 * @property {string} family
 * @property {string} name
 * @property {string} engine  `reference`, `host` or `wasm`
 * @property {string | null} problem
 */

/**
 * The table at the end of `npm run oracle`, then what failed, then what no judge could run and why.
 *
 * @param {import('./case-files.mjs').Families} families
 * @param {readonly Outcome[]} outcomes
 * @returns {string[]} lines
 */
export function resultLines(families, outcomes) {
  const rows = [['family', 'cases', 'by Micro', 'by reference kernels', 'by nobody', 'reference', 'host', 'wasm']];
  for (const [family, cases] of families) {
    const judgedBy = (/** @type {string} */ judge) => String(cases.filter((one) => one.judge === judge).length);
    const passed = (/** @type {string} */ engine) => {
      const own = outcomes.filter((one) => one.family === family && one.engine === engine);
      const failed = own.filter(({ problem }) => problem !== null).length;
      return own.length === 0
        ? '-'
        : failed === 0
          ? `${own.length} passed`
          : `${own.length - failed}, ${failed} failed`;
    };
    const judges = ['micro', 'reference', 'none'].map(judgedBy);
    rows.push([family, String(cases.length), ...judges, ...['reference', 'host', 'wasm'].map(passed)]);
  }
  const failures = outcomes.filter(({ problem }) => problem !== null);
  return [
    ...aligned(rows),
    ...section(
      'Failed',
      failures.map(({ family, name, engine, problem }) => `${family}/${name} on ${engine}: ${problem?.split('\n')[0]}`),
    ),
    ...section('Not run by any judge', notRun(families)),
  ];
}

/**
 * @param {readonly string[][]} rows  the first is the head
 */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function section(title, lines) {
  return lines.length === 0 ? [] : ['', `${title}: ${lines.length}`, ...lines.map((line) => `  ${line}`)];
}

/** @param {import('./case-files.mjs').Families} families */
function notRun(families) {
  return [...families].flatMap(([family, cases]) =>
    cases.filter(({ judge }) => judge === 'none').map(({ name, reason }) => `${family}/${name}: ${reason}`),
  );
}
