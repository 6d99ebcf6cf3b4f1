import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, runChild } from './run-child.mjs';

const LOAD_MS = 60_000;

/**
 * @typedef {import('./main.mjs').Context} Context
 * @typedef {{ kind: string, state: string }} Stamp
 */

/**
 * The folders and files of TensorFlow's addon inside the npm package.
 *
 * @param {string} root
 */
export function addonPaths(root) {
  const folder = join(root, 'node_modules/@tensorflow/tfjs-node');
  return {
    folder,
    addon: join(folder, 'lib/napi-v8/tfjs_binding.node'),
    libraries: join(folder, 'deps/lib'),
    stamp: join(folder, 'lib/kiln-verified.json'),
  };
}

/**
 * What lies on the disk, in one line: sizes and times of the addon and the libraries. Undefined if there is no addon.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
function stateOf(root) {
  const { addon, libraries } = addonPaths(root);
  if (!existsSync(addon) || !existsSync(libraries)) return undefined;
  const names = readdirSync(libraries).filter((name) => name.includes('.so') || name.includes('.dylib'));
  const paths = [addon, ...names.sort().map((name) => join(libraries, name))];
  if (!paths.every((path) => existsSync(path))) return undefined;
  return paths.map((path) => `${statSync(path).size}@${statSync(path).mtimeMs}`).join(' ');
}

/**
 * How the addon that lies there came to be, if it is the one that was loaded with success; undefined otherwise.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function verifiedAddon(root) {
  try {
    /** @type {Stamp} */
    const stamp = JSON.parse(readFileSync(addonPaths(root).stamp, 'utf8'));
    return stamp.state === stateOf(root) ? stamp.kind : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Loads the addon in a child process and, if it works, remembers that beside it.
 *
 * @param {Context} context
 * @param {string} kind how it came to be, for people
 * @returns {Promise<string | undefined>} undefined if it works, else what went wrong
 */
export async function verifyAddon({ root, signal, env }, kind) {
  const state = stateOf(root);
  if (state === undefined) return 'the addon is not there';
  const script = fileURLToPath(new URL('load-tensorflow.mjs', import.meta.url));
  const quiet = { ...env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const result = await runChild(process.execPath, [script], { cwd: root, env: quiet, signal, timeoutMs: LOAD_MS });
  if (result.code !== 0) {
    const error = result.output
      .split('\n')
      .filter((line) => /error/i.test(line))
      .join('\n');
    return `it does not load: ${lastLines(error || result.output, 1)}`;
  }
  writeFileSync(addonPaths(root).stamp, JSON.stringify({ kind, state }));
  return undefined;
}

/**
 * Takes away an addon that does not work, so that nothing tries to use it.
 *
 * @param {string} root
 */
export function removeAddon(root) {
  const { addon, libraries, stamp } = addonPaths(root);
  for (const path of [stamp, addon, libraries]) rmSync(path, { recursive: true, force: true });
}
