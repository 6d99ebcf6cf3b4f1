import { DIVERT_NODE } from './install-lines.mjs';
import { findProgram } from './probe-tools.mjs';
import { lastLines, runChild } from './run-child.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./main.mjs').Context} Context
 */

/** Seconds that apt waits for another package manager to finish. */
const LOCK_SECONDS = 120;
const INSTALL = [
  'install',
  '-y',
  '--no-install-recommends',
  '-o',
  `DPkg::Lock::Timeout=${LOCK_SECONDS}`,
  '-o',
  'Dpkg::Use-Pty=0',
];

/**
 * Whether we may install packages, and without asking for a password: as root, or with a sudo that asks for none.
 *
 * @param {Context} context
 * @returns {Promise<boolean>}
 */
export async function maySystemInstall({ env, signal, system }) {
  if (!system || findProgram('apt-get', env) === undefined) return false;
  if (process.getuid?.() === 0) return true;
  if (findProgram('sudo', env) === undefined) return false;
  return (await runChild('sudo', ['-n', 'true'], { signal, timeoutMs: 10_000 })).code === 0;
}

/**
 * Installs packages with apt-get; asks for newer package lists only if it does not get on without.
 * An installation that was interrupted earlier is finished first. Throws a `SetupError`.
 *
 * @param {Context} context
 * @param {readonly string[]} packages
 * @param {boolean} keepNode see `DIVERT_NODE`
 */
export async function installSystemPackages(context, packages, keepNode) {
  if (keepNode) await asRoot(context, DIVERT_NODE);
  const install = ['apt-get', ...INSTALL, ...packages];
  const meter = context.reporter.spinner('apt-get');
  try {
    let result = await asRoot(context, install);
    if (result.code !== 0 && result.output.includes('dpkg --configure -a')) {
      await asRoot(context, ['dpkg', '--configure', '-a']);
      result = await asRoot(context, install);
    }
    if (result.code !== 0) {
      await asRoot(context, ['apt-get', 'update', '-q']);
      result = await asRoot(context, install);
    }
    if (result.code === 0) return;
    const errors = result.output.split('\n').filter((line) => /^E: /.test(line));
    const message = lastLines(errors.join('\n') || result.output, 1)
      .replace(/^E: /, '')
      .replace(/\.$/, '');
    throw new SetupError('E-APT', 'apt-get install', message, 'Install them by hand');
  } finally {
    meter.end();
  }
}

/**
 * @param {Context} context
 * @param {readonly string[]} command
 */
function asRoot({ env, signal }, command) {
  const line = process.getuid?.() === 0 ? [...command] : ['sudo', '-n', ...command];
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  // A package manager stopped halfway leaves the system in pieces: it is asked to stop, and waited for.
  return runChild(line[0] ?? '', line.slice(1), { signal, env: quiet, finish: true });
}
