#!/usr/bin/env node
// Builds the oracle's models, has the real TensorFlow Lite Micro run them, and holds Kiln against it: docs/oracle.md.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareFamilies, readFamilies, writeFamilies } from './oracle/case-files.mjs';
import { resultLines } from './oracle/result-table.mjs';
import { virtualEnvironment } from './oracle/virtual-environment.mjs';
import { cacheFolder } from './setup/cache-folder.mjs';
import { lastLines, runChild } from './setup/run-child.mjs';
import { Interrupted, SetupError } from './setup/setup-error.mjs';

const HELP = `Usage: npm run oracle -- [options]

Builds small models of every operator, has the real TensorFlow Lite Micro (or, where it lacks one, TensorFlow Lite's reference
kernels) run them, and compares Kiln's reference and its C on the host and as WebAssembly. Two minutes on two cores. The judges
come into a virtual environment in the cache folder: once, 300 MB from the package index, without root.

  --write         also writes the cases to test/fixtures/oracle, where npm test reads them
  --check         compares the generated cases with the committed ones, and nothing else
  --only TEXT     a family (convolution, reduction, ...) or a part of a case's or operator's name
  --count N       N cases, chosen by the seed
  --seed N        default 1
  --no-converter  without the networks that the real converter makes: it is the slowest part
  --optional      where the judges cannot be had, says so and ends with 0
  --help          this text

Examples:
  npm run oracle -- --only SOFTMAX
  npm run oracle -- --check --count 100 --seed 7 --no-converter
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, 'test', 'fixtures', 'oracle');
const interruption = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => interruption.abort());

/** @type {(args: readonly string[]) => any} */
function readOptions(args) {
  const flag = { type: 'boolean', default: false };
  const options = { write: flag, check: flag, optional: flag, help: { ...flag, short: 'h' }, 'no-converter': flag };
  const values = {
    only: { type: 'string', default: '' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
  };
  try {
    const read = parseArgs({ args: [...args], options: { ...options, ...values } }).values;
    for (const name of ['count', 'seed'])
      if (read[name] !== undefined && !/^\d{1,9}$/.test(read[name]))
        throw new Error(`--${name} expects a whole number, found '${read[name]}'`);
    if (read.write && (read.only !== '' || read.count !== undefined || read['no-converter']))
      throw new Error('--write writes all cases, so it goes without --only, --count and --no-converter');
    return read;
  } catch (error) {
    throw new SetupError('E-ORACLE-USAGE', 'npm run oracle', error.message, 'See npm run oracle -- --help', 2);
  }
}

/** Has the cases generated and judged into a folder. */
async function generate(options, folder, signal) {
  const python = await virtualEnvironment({
    folder: join(cacheFolder(process.env), 'oracle'),
    requirements: join(root, 'test', 'oracle', 'requirements.txt'),
    env: process.env,
    signal,
    say: console.log,
  }).catch((error) => {
    if (options.optional && error instanceof SetupError) error.optional = true;
    throw error;
  });
  const args = [
    join(root, 'test', 'oracle', 'generate.py'),
    '--out',
    join(folder, 'generated'),
    '--seed',
    options.seed,
  ];
  if (options.only !== '') args.push('--only', options.only);
  if (options.count !== undefined) args.push('--count', options.count);
  if (options['no-converter']) args.push('--no-converter');
  const env = { ...process.env, TMPDIR: folder, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };
  const { code, output } = await runChild(python, args, { cwd: root, env, signal });
  if (code !== 0) {
    const remedy = 'This is a defect of the oracle; please report it with the command';
    throw new SetupError('E-ORACLE-GENERATE', 'test/oracle/generate.py', lastLines(output, 5), remedy, 70);
  }
  if (existsSync(join(folder, 'generated'))) return readFamilies(join(folder, 'generated'));
  throw new SetupError('E-ORACLE-CASES', '--only', `no case is called '${options.only}'`, 'Give another name', 2);
}

/** Runs test/conformance/oracle.test.ts on the cases; its outcomes, one for each case and engine. */
async function compare(folder, families, signal) {
  writeFamilies(join(folder, 'cases'), families);
  const report = join(folder, 'report');
  const env = { ...process.env, KILN_ORACLE_CASES: join(folder, 'cases'), KILN_ORACLE_REPORT: report };
  const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', 'test/conformance/oracle.test.ts'];
  const { output } = await runChild(process.execPath, args, { cwd: root, env, signal });
  if (!existsSync(report)) {
    const remedy = 'Run npm test first';
    throw new SetupError('E-ORACLE-TEST', 'test/conformance/oracle.test.ts', lastLines(output, 8), remedy, 70);
  }
  return readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function run(options, folder) {
  const families = await generate(options, folder, interruption.signal);
  const count = [...families.values()].flat().length;
  if (options.check) {
    const differences = compareFamilies(families, readFamilies(committed));
    differences.forEach((line) => console.log(line));
    console.log(`oracle: ${count} cases regenerated, ${differences.length} differ from the committed ones`);
    return differences.length === 0 ? 0 : 1;
  }
  if (options.write) {
    const bytes = writeFamilies(committed, families);
    console.log(`oracle: wrote ${count} cases, ${bytes} bytes, to test/fixtures/oracle`);
  }
  const outcomes = await compare(folder, families, interruption.signal);
  resultLines(families, outcomes).forEach((line) => console.log(line));
  return outcomes.every(({ problem }) => problem === null) ? 0 : 1;
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kiln-oracle-'));
  try {
    return await run(options, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error) => {
  if (error instanceof Interrupted) return 130;
  console.error(error instanceof SetupError ? error.toString() : error);
  if (error.optional) console.error('oracle: left out, since its judges cannot be had here');
  return error.optional ? 0 : (error.exitCode ?? 70);
});
