import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { Memory } from './memory.mjs';
import { HELP, parseOptions } from './options.mjs';
import { Reporter } from './progress.mjs';
import { Interrupted, SetupError } from './setup-error.mjs';
import { build } from './step-build.mjs';
import { packages } from './step-packages.mjs';
import { boardTools, browser, compilers, flashTools } from './step-system-tools.mjs';
import { tensorflow } from './step-tensorflow.mjs';

/**
 * @typedef {object} Context
 * @property {string} root the project's folder
 * @property {NodeJS.ProcessEnv} env
 * @property {Reporter} reporter
 * @property {Memory} memory
 * @property {boolean} system whether system packages may be installed
 * @property {boolean} retry
 * @property {AbortSignal} signal aborted on Ctrl-C
 *
 * @typedef {object} Check
 * @property {boolean} done
 * @property {string} [found]
 * @property {string} [missing]
 *
 * @typedef {object} Outcome
 * @property {boolean} [without] it could not be installed, and we go on without it
 * @property {string} detail
 *
 * @typedef {object} Step  One thing that Kiln needs. `check` is quick; `install` may be interrupted at any point.
 * @property {string} name
 * @property {boolean} needed whether Kiln's main job is less than whole without it
 * @property {(context: Context) => Promise<Check>} check
 * @property {(context: Context) => Promise<Outcome>} install throws a `SetupError` if nothing can go on without it
 *
 * @typedef {{ name: string, state: 'present' | 'installed' | 'without' | 'missing', needed: boolean, detail: string, seconds: number }} Result
 */

/** @type {readonly Step[]} */
const STEPS = [packages, compilers, tensorflow, build];

/** What `--for boards` installs: it comes on top of all else, and nothing else needs it. @type {readonly Step[]} */
const BOARD_STEPS = [boardTools, flashTools];

/** What `--for flash` installs. @type {readonly Step[]} */
const FLASH_STEPS = [flashTools];

const NEXT = {
  start: 'Now the main job.',
  test: 'Now the tests.',
  boards: 'Next: npx kiln boards',
  flash: 'Next: npx kiln flash --help',
  browser: 'Next: npx kiln demo --help',
  none: 'Next: npm start',
};

const SIGNALS = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * Runs the set-up and sets the process's exit code: 0 done, 2 wrong command line, 3 something needed is missing,
 * 130 interrupted.
 *
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
export async function main(args) {
  const interruption = new AbortController();
  // Whoever reads us may stop reading (`| head`); the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let signalCode = 130;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      signalCode = code;
      interruption.abort();
    });
  }
  try {
    process.exitCode = await setUp(args, interruption.signal);
  } catch (error) {
    if (error instanceof Interrupted || interruption.signal.aborted) {
      process.stderr.write('\nInterrupted. The same command goes on from here.\n');
      process.exitCode = signalCode;
    } else if (error instanceof SetupError) {
      process.stderr.write(`${error.toString()}\n`);
      process.exitCode = error.exitCode;
    } else throw error;
  }
}

/**
 * @param {readonly string[]} args
 * @param {AbortSignal} signal
 * @returns {Promise<number>}
 */
async function setUp(args, signal) {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const reporter = new Reporter(options.json ? process.stderr : process.stdout, { quiet: options.quiet });
  const { system, retry } = options;
  const context = { root, env: process.env, reporter, memory: new Memory(root), system, retry, signal };
  const steps = { boards: BOARD_STEPS, flash: FLASH_STEPS, browser: [browser], start: STEPS, test: STEPS }[
    options.purpose ?? 'start'
  ];
  const results = options.check ? await checkAll(context, steps) : await installAll(context, steps, options.purpose);
  const isWhole = results.every(({ state, needed }) => state !== 'missing' || !needed);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: isWhole, steps: results }, null, 2)}\n`);
  return isWhole ? 0 : 3;
}

/**
 * @param {Context} context
 * @param {readonly Step[]} steps
 * @returns {Promise<Result[]>}
 */
async function checkAll(context, steps) {
  /** @type {Result[]} */
  const results = [{ name: 'Node.js', state: 'present', needed: true, detail: process.versions.node, seconds: 0 }];
  for (const step of steps) {
    const started = Date.now();
    const { done, found, missing } = await step.check(context);
    const detail = (done ? found : missing) ?? '';
    results.push({
      name: step.name,
      state: done ? 'present' : 'missing',
      needed: step.needed,
      detail,
      seconds: secondsSince(started),
    });
  }
  for (const { name, state, detail } of results) {
    context.reporter.say(`${state === 'present' ? 'there  ' : 'missing'}  ${name.padEnd(24)}${detail}`);
  }
  if (results.some(({ state }) => state === 'missing'))
    context.reporter.say('To install what is missing: node scripts/setup.mjs');
  return results;
}

/**
 * Installs what is missing, one set-up at a time in one folder; with nothing to do it takes no lock and says nothing.
 *
 * @param {Context} context
 * @param {readonly Step[]} steps
 * @param {import('./options.mjs').Options['purpose']} purpose
 * @returns {Promise<Result[]>}
 */
async function installAll(context, steps, purpose) {
  const { root, reporter, signal } = context;
  /** @type {Result[]} */
  const results = [];
  const name = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `kiln-setup-${process.getuid?.() ?? 0}-${name}.lock`);
  /** @param {number} pid */
  const onWait = (pid) => reporter.say(`waiting for another set-up of this folder (process ${pid})`);
  for (const step of steps) {
    const started = Date.now();
    const { done, found = '' } = await step.check(context);
    if (signal.aborted) throw new Interrupted();
    if (done) {
      results.push({
        name: step.name,
        state: 'present',
        needed: step.needed,
        detail: found,
        seconds: secondsSince(started),
      });
      continue;
    }
    /** @type {Outcome} */
    const outcome = await withLock(lock, { signal, onWait }, async () => {
      const again = await step.check(context);
      return again.done ? { detail: again.found ?? '' } : step.install(context);
    });
    const seconds = secondsSince(started);
    results.push({
      name: step.name,
      state: outcome.without ? 'without' : 'installed',
      needed: step.needed,
      detail: outcome.detail,
      seconds,
    });
    if (outcome.without) reporter.warn(`${step.name}: ${outcome.detail}`);
    else reporter.say(`${step.name}: ${outcome.detail} (${seconds} s)`);
  }
  const changed = results.some(({ state }) => state === 'installed');
  if (changed) reporter.say(`Set up. ${NEXT[purpose ?? 'none']}\n`);
  return results;
}

/** @param {number} started milliseconds */
function secondsSince(started) {
  return Math.round((Date.now() - started) / 100) / 10;
}
