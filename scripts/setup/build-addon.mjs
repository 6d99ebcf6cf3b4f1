import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findTool } from './probe-tools.mjs';
import { lastLines, runChild } from './run-child.mjs';
import { SetupError, messageOf } from './setup-error.mjs';
import { addonPaths } from './tensorflow-addon.mjs';

const COMPILE_MS = 300_000;
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/**
 * @typedef {import('./main.mjs').Context} Context
 */

/**
 * Puts the kept libraries into tfjs-node's folder: hard links where that goes, so that they outlive the cache folder.
 *
 * @param {string} root
 * @param {string} kept the folder with `lib/` and `include/`
 */
export function linkLibraries(root, kept) {
  const { libraries } = addonPaths(root);
  rmSync(libraries, { recursive: true, force: true });
  mkdirSync(libraries, { recursive: true });
  for (const name of readdirSync(join(kept, 'lib'))) {
    try {
      linkSync(join(kept, 'lib', name), join(libraries, name));
    } catch {
      symlinkSync(join(kept, 'lib', name), join(libraries, name));
    }
  }
}

/**
 * Compiles tfjs-node's addon, whose two C++ files npm delivers, against TensorFlow's libraries; about ten seconds.
 * The addon gets its name when it is whole. A copy is kept for the next clone. Throws a `SetupError`.
 *
 * @param {Context} context
 * @param {string} kept the folder with `lib/` and `include/`
 * @param {string} keptAddon where the copy goes
 */
export async function buildAddon({ root, env, signal }, kept, keptAddon) {
  const compiler = findTool('g++', env);
  if (compiler === undefined)
    throw new SetupError('E-NO-CXX', 'TensorFlow for Node.js', 'there is no C++ compiler', 'Install g++');
  const { folder, addon, libraries } = addonPaths(root);
  mkdirSync(dirname(addon), { recursive: true });
  const work = mkdtempSync(join(dirname(addon), 'building-'));
  const includes = [join(root, 'node_modules/node-api-headers/include'), join(kept, 'include')].flatMap((path) => [
    '-I',
    path,
  ]);
  const flags = ['-std=c++17', '-O2', '-fPIC', '-w', '-DNAPI_VERSION=8', ...includes];
  /** @param {string[]} args */
  const compile = async (args) => {
    const result = await runChild(compiler, args, { env, signal, timeoutMs: COMPILE_MS });
    if (result.code === 0) return;
    const first = result.output.split('\n').find((line) => /error/i.test(line)) ?? lastLines(result.output, 1);
    throw new SetupError('E-ADDON-BUILD', compiler, `could not build the addon: ${first}`, 'Training uses WebAssembly');
  };
  try {
    const objects = SOURCES.map((source) => join(work, `${source}.o`));
    const jobs = SOURCES.map((source, index) =>
      compile([...flags, '-c', join(folder, 'binding', source), '-o', objects[index] ?? '']),
    );
    const settled = await Promise.allSettled(jobs);
    for (const job of settled) if (job.status === 'rejected') throw job.reason;
    const output = join(work, 'tfjs_binding.node');
    const link = [
      '-L',
      libraries,
      '-l:libtensorflow_cc.so.2',
      '-l:libtensorflow_framework.so.2',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ];
    await compile(['-shared', '-o', output, ...objects, ...link]);
    keepCopy(output, keptAddon);
    renameSync(output, addon);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function keepCopy(from, to) {
  try {
    copyFileSync(from, `${to}.${process.pid}`);
    renameSync(`${to}.${process.pid}`, to);
  } catch {
    rmSync(`${to}.${process.pid}`, { force: true });
  }
}

/**
 * Takes the addon that an earlier clone has built.
 *
 * @param {string} root
 * @param {string} keptAddon
 * @returns {boolean} whether there was one
 */
export function takeKeptAddon(root, keptAddon) {
  const { addon } = addonPaths(root);
  if (!existsSync(keptAddon)) return false;
  mkdirSync(dirname(addon), { recursive: true });
  try {
    copyFileSync(keptAddon, `${addon}.${process.pid}`);
    renameSync(`${addon}.${process.pid}`, addon);
    return true;
  } catch (error) {
    throw new SetupError('E-ADDON-COPY', addon, messageOf(error), 'Make room, or the folder writable');
  }
}
