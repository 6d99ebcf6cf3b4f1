import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * @typedef {object} Case  as `test/oracle/generate.py` writes it: bytes are hexadecimal digits
 * @property {string} name
 * @property {readonly string[]} operators  those of the model, as the schema calls them
 * @property {'micro' | 'reference' | 'none'} judge
 * @property {string} reason
 * @property {readonly string[]} types  the outputs' dtypes
 * @property {string} model
 * @property {readonly { inputs: readonly string[], outputs: readonly string[] }[]} runs
 */

/** @typedef {Map<string, readonly Case[]>} Families  the cases of each family */

/**
 * Reads the folder that the generator wrote, or the committed one.
 *
 * @param {string} folder
 * @returns {Families}
 */
export function readFamilies(folder) {
  const files = readdirSync(folder).sort();
  return new Map(
    files.map((file) => {
      const bytes = readFileSync(join(folder, file));
      const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      return [file.replace(/\.json(\.gz)?$/, ''), JSON.parse(text.toString('utf8'))];
    }),
  );
}

/**
 * Writes a compressed file for each family, a line for each case; the same cases give the same bytes. Answers with their sum.
 *
 * @param {string} folder
 * @param {Families} families
 */
export function writeFamilies(folder, families) {
  mkdirSync(folder, { recursive: true });
  let total = 0;
  for (const [family, cases] of families) {
    const text = `[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`;
    const bytes = gzipSync(text, { level: 9 });
    writeFileSync(join(folder, `${family}.json.gz`), bytes);
    total += bytes.length;
  }
  return total;
}

/**
 * What the generated cases have that the committed ones have not, a line for each case: models, inputs, judges and integers
 * are compared byte for byte, floats within 1e-5 + 1e-4 relative, as the judge's C library differs between machines.
 *
 * @param {Families} generated
 * @param {Families} committed
 * @returns {string[]}
 */
export function compareFamilies(generated, committed) {
  return [...generated].flatMap(([family, cases]) => {
    const known = new Map((committed.get(family) ?? []).map((one) => [one.name, one]));
    return cases.flatMap((one) => {
      const difference = differenceOf(one, known.get(one.name));
      return difference === null ? [] : [`${family}/${one.name}: ${difference}`];
    });
  });
}

/**
 * @param {Case} generated
 * @param {Case | undefined} committed
 */
function differenceOf(generated, committed) {
  if (committed === undefined) return 'is not committed';
  if (generated.model !== committed.model) return 'another model';
  if (generated.judge !== committed.judge) return `judged by ${generated.judge}, committed by ${committed.judge}`;
  if (generated.runs.length !== committed.runs.length) return 'another number of inferences';
  for (const [index, run] of generated.runs.entries()) {
    const before = committed.runs[index];
    if (JSON.stringify(run.inputs) !== JSON.stringify(before?.inputs)) return `other inputs in inference ${index}`;
    for (const [k, output] of run.outputs.entries())
      if (!isSame(output, before?.outputs[k] ?? '', generated.types[k]))
        return `another output ${k} in inference ${index}`;
  }
  return null;
}

/**
 * @param {string} found
 * @param {string} expected
 * @param {string | undefined} type
 */
function isSame(found, expected, type) {
  if (found === expected) return true;
  if (type !== 'float32' || found.length !== expected.length) return false;
  const [mine, theirs] = [found, expected].map((text) => Buffer.from(text, 'hex'));
  return Array.from({ length: found.length / 8 }, (_, i) => [
    mine?.readFloatLE(4 * i),
    theirs?.readFloatLE(4 * i),
  ]).every(([a = 0, b = 0]) => Math.abs(a - b) <= 1e-5 + 1e-4 * Math.abs(b) || Object.is(a, b));
}
