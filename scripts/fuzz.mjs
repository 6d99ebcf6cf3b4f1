#!/usr/bin/env node
// Runs the seeded random tests of the suite as long as one likes: docs/fuzzing.md.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChild } from './setup/run-child.mjs';
import { Interrupted, SetupError } from './setup/setup-error.mjs';

const HELP = `Usage: npm run fuzz -- [kind] [options]

Runs random tests beyond the share that npm test takes. Two processes at a time; whatever fails is shown with its seed.

Kinds:
  models    random whole models, cut down to the smallest that still fails: reference against C, layer by layer (default)
  networks  random float networks, quantized to int8 here: reference against C, layer by layer
  hostile   mutated and truncated .tflite files: each must end in C or in a proper error, soon and in little memory
  commands  the same through the command line

Options:
  --count N  how many (default 1000)
  --seed N   the first seed (default 1); the others follow it
  --help     this text

Examples:
  npm run fuzz -- models --count 10000
  npm run fuzz -- hostile --count 100000 --seed 5001
`;

/**
 * @typedef {object} Kind
 * @property {string} file  the test that does the work
 * @property {string} count  environment variable of how many
 * @property {string} seed  environment variable of the first seed
 * @property {number} atOnce  as many in one process
 * @property {string} [only]  the test's name, where the file has others
 */

/** @type {Readonly<Record<string, Kind>>} */
const KINDS = {
  models: {
    file: 'test/fuzz/whole-models.test.ts',
    count: 'KILN_MODEL_COUNT',
    seed: 'KILN_MODEL_SEED',
    atOnce: 250,
  },
  networks: {
    file: 'test/fuzz/random-graphs.test.ts',
    count: 'KILN_FUZZ_COUNT',
    seed: 'KILN_FUZZ_SEED',
    atOnce: 200,
  },
  hostile: {
    file: 'test/fuzz/hostile-models.test.ts',
    count: 'KILN_HOSTILE_COUNT',
    seed: 'KILN_HOSTILE_SEED',
    atOnce: 5000,
  },
  commands: {
    file: 'test/cli/tflite.test.ts',
    count: 'KILN_HOSTILE_COMMANDS',
    seed: 'KILN_HOSTILE_SEED',
    atOnce: 50,
    only: 'end in C or in an error',
  },
};
const PROCESSES = 2;

const root = fileURLToPath(new URL('..', import.meta.url));
const interruption = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => interruption.abort());

/** @type {(args: readonly string[]) => { help: boolean, kind: string, count: number, seed: number }} */
function readOptions(args) {
  const number = { type: /** @type {const} */ ('string') };
  const help = { type: /** @type {const} */ ('boolean'), short: 'h', default: false };
  try {
    const options = { count: { ...number, default: '1000' }, seed: { ...number, default: '1' }, help };
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [kind = 'models', ...others] = positionals;
    if (!(kind in KINDS) || others.length > 0)
      throw new Error(`expects one of ${Object.keys(KINDS).join(', ')}, found '${positionals.join(' ')}'`);
    for (const name of /** @type {const} */ (['count', 'seed']))
      if (!/^[1-9]\d{0,8}$/.test(values[name]))
        throw new Error(`--${name} expects a whole number of at least 1, found '${values[name]}'`);
    return { help: values.help, kind, count: Number(values.count), seed: Number(values.seed) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SetupError('E-FUZZ-USAGE', 'npm run fuzz', message, 'See npm run fuzz -- --help', 2);
  }
}

/**
 * Runs one share of the seeds; what it printed if it failed, else null.
 *
 * @type {(kind: Kind, seed: number, count: number) => Promise<string | null>}
 */
async function runShare({ file, only, ...names }, seed, count) {
  const env = { ...process.env, NO_COLOR: '1', [names.count]: String(count), [names.seed]: String(seed) };
  const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', file, '--reporter=dot'];
  if (only !== undefined) args.push('-t', only);
  const { code, output } = await runChild(process.execPath, args, { cwd: root, env, signal: interruption.signal });
  return code === 0 ? null : output;
}

/** @type {(options: { kind: string, count: number, seed: number }) => Promise<number>} */
async function run({ kind: name, count, seed: first }) {
  const kind = /** @type {Kind} */ (KINDS[name]);
  const shares = Array.from({ length: Math.ceil(count / kind.atOnce) }, (_, i) => ({
    seed: first + i * kind.atOnce,
    count: Math.min(kind.atOnce, count - i * kind.atOnce),
  }));
  let done = 0;
  let failed = 0;
  const work = async () => {
    for (let share = shares.shift(); share !== undefined; share = shares.shift()) {
      const failure = await runShare(kind, share.seed, share.count);
      done += share.count;
      if (failure !== null) {
        failed += 1;
        console.log(`seeds ${share.seed} to ${share.seed + share.count - 1} failed:\n${failure}`);
      }
      console.log(`${name}: ${done} of ${count}${failed === 0 ? '' : `, failures in ${failed} shares`}`);
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return failed === 0 ? 0 : 1;
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (!options.help) return run(options);
  console.log(HELP);
  return 0;
}

process.exitCode = await main().catch((error) => {
  if (error instanceof Interrupted) return 130;
  console.error(error instanceof SetupError ? error.toString() : error);
  return error.exitCode ?? 70;
});
