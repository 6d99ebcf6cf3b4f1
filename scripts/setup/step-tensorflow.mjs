import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildAddon, linkLibraries, takeKeptAddon } from './build-addon.mjs';
import { request } from './http.mjs';
import { findTool } from './probe-tools.mjs';
import { runChild } from './run-child.mjs';
import { SetupError } from './setup-error.mjs';
import { addonPaths, removeAddon, verifiedAddon, verifyAddon } from './tensorflow-addon.mjs';
import { tensorflowLibraries, unsupportedMachine } from './tensorflow-libraries.mjs';

/**
 * @typedef {import('./main.mjs').Context} Context
 */

const INSTALLER_MS = 300_000;
const REACH_MS = 8_000;
const PREBUILT_HOST = 'https://storage.googleapis.com/';
/** How long a failure is believed: a passing one, and one that would download everything again. */
const PASSING_MINUTES = 10;
const LASTING_MINUTES = 7 * 24 * 60;
const PASSING = new Set(['E-DOWNLOAD', 'E-INDEX', 'E-NO-CXX']);

const OWN = "by tfjs-node's own installer";
const BUILT = "built against the libraries of TensorFlow's wheel";

/** TensorFlow for Node.js, the fastest of the trainer's backends. @type {import('./main.mjs').Step} */
export const tensorflow = {
  name: 'TensorFlow for Node.js',
  needed: false,

  async check(context) {
    const { root } = context;
    const kind = verifiedAddon(root);
    if (kind !== undefined) return { done: true, found: kind };
    if (!existsSync(addonPaths(root).addon))
      return { done: false, missing: 'not installed; training uses WebAssembly' };
    const fault = await verifyAddon(context, 'found there');
    return fault === undefined ? { done: true, found: 'found there' } : { done: false, missing: fault };
  },

  async install(context) {
    const { root, memory, retry, reporter } = context;
    const circumstances = `${process.version} g++ ${String(findTool('g++', context.env) !== undefined)}`;
    const failed = retry ? undefined : memory.failure('tensorflow', circumstances);
    if (failed !== undefined) return without(failed);
    reporter.say('TensorFlow for Node.js: installing its native addon (trains several times faster than WebAssembly)');
    try {
      if (await byOwnInstaller(context)) return { detail: `installed ${OWN}` };
      await againstWheel(context);
      return { detail: BUILT };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      removeAddon(root);
      const reason = `${error.where}: ${error.message}`;
      const minutes = PASSING.has(error.code) ? PASSING_MINUTES : LASTING_MINUTES;
      memory.noteFailure('tensorflow', circumstances, reason, minutes);
      return without(reason);
    }
  },
};

/** @param {string} reason */
function without(reason) {
  return {
    without: true,
    detail: `training uses the WebAssembly backend (${reason}). To try again: node scripts/setup.mjs --retry`,
  };
}

/**
 * The package's own installer: fetches a prebuilt addon and libtensorflow from a storage host that is not within
 * everyone's reach.
 *
 * @param {Context} context
 * @returns {Promise<boolean>} whether a working addon came of it
 */
async function byOwnInstaller(context) {
  const { root, env, signal, reporter } = context;
  if (!(await reaches(new URL(PREBUILT_HOST), context))) {
    reporter.say('  the prebuilt addon is out of reach (storage.googleapis.com); building it instead');
    return false;
  }
  const { folder } = addonPaths(root);
  const path = [join(root, 'node_modules/.bin'), env['PATH']].join(delimiter);
  const meter = reporter.spinner('fetching the prebuilt addon');
  const result = await runChild(process.execPath, ['scripts/install.js'], {
    cwd: folder,
    env: { ...env, PATH: path },
    signal,
    timeoutMs: INSTALLER_MS,
  }).finally(meter.end);
  const fault = result.code === 0 ? await verifyAddon(context, OWN) : 'the installer failed';
  if (fault !== undefined) reporter.say(`  no prebuilt addon for this machine (${fault}); building it instead`);
  return fault === undefined;
}

/**
 * @param {URL} url
 * @param {Context} context
 */
async function reaches(url, { signal, env }) {
  // The installer goes through a proxy and may be told another host; then it has to find out for itself.
  const told = ['HTTPS_PROXY', 'https_proxy', 'CDN_STORAGE', 'TFJS_NODE_CDN_STORAGE', 'TFJS_NODE_BASE_URI'];
  if (told.some((name) => env[name])) return true;
  try {
    const response = await request(url, { method: 'HEAD', signal, stallMs: REACH_MS });
    response.message.resume();
    return response.status < 500;
  } catch (error) {
    if (error instanceof SetupError) return false;
    throw error;
  }
}

/**
 * Builds the addon against the libraries in PyPI's wheel of TensorFlow; throws a `SetupError`.
 *
 * @param {Context} context
 */
async function againstWheel(context) {
  const { root, env, reporter } = context;
  const unsupported = unsupportedMachine();
  if (unsupported !== undefined)
    throw new SetupError('E-NO-WHEEL', 'TensorFlow', unsupported, 'Training uses WebAssembly');
  if (findTool('g++', env) === undefined) {
    throw new SetupError(
      'E-NO-CXX',
      'TensorFlow for Node.js',
      'there is no C++ compiler to build it with',
      'Install g++',
    );
  }
  const kept = await tensorflowLibraries(context);
  const keptAddon = join(kept, `tfjs_binding-4.22.0-napi8.node`);
  linkLibraries(root, kept);
  if (takeKeptAddon(root, keptAddon) && (await verifyAddon(context, BUILT)) === undefined) return;
  const meter = reporter.spinner('building the addon');
  await buildAddon(context, kept, keptAddon).finally(meter.end);
  const fault = await verifyAddon(context, BUILT);
  if (fault !== undefined)
    throw new SetupError('E-ADDON-LOAD', 'TensorFlow for Node.js', fault, 'Training uses WebAssembly');
}
