import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, prepareCacheFolder } from './cache-folder.mjs';
import { download } from './download.mjs';
import { extractWheel, tensorflowDestination } from './extract-wheel.mjs';
import { withLock } from './lock.mjs';
import { SetupError, messageOf } from './setup-error.mjs';
import { askIndex, indexUrl } from './wheel-index.mjs';

/**
 * @typedef {import('./main.mjs').Context} Context
 */

/** The release that tfjs-node 4.22's addon was tried with: all 58 C functions that it calls are there. */
const VERSION = '2.21.0';
const WHEEL_BYTES = 282_000_000;
const UNPACKED_BYTES = 860_000_000;

/** The project on PyPI and its name for the processor; for ARM only the full package has Linux wheels. */
const WHEELS = {
  x64: { project: 'tensorflow-cpu', machine: 'x86_64' },
  arm64: { project: 'tensorflow', machine: 'aarch64' },
};

/**
 * Why TensorFlow's wheel cannot serve this machine, if so.
 *
 * @returns {string | undefined}
 */
export function unsupportedMachine() {
  if (process.platform !== 'linux')
    return `the libraries in TensorFlow's wheel are for Linux, this is ${process.platform}`;
  if (!(process.arch in WHEELS)) return `TensorFlow has no wheel for ${process.arch}`;
  if (existsSync('/etc/alpine-release')) return "the libraries in TensorFlow's wheel need glibc, this system has musl";
  return undefined;
}

/**
 * The folder in the cache with TensorFlow's `lib/` and `include/`, fetched from PyPI if it is not there yet.
 *
 * The folder gets its name when it is whole; the wheel is deleted then. Throws a `SetupError`.
 *
 * @param {Context} context
 * @returns {Promise<string>}
 */
export async function tensorflowLibraries(context) {
  const cache = cacheFolder(context.env);
  const kept = join(cache, `tensorflow-${VERSION}-linux-${process.arch}`);
  if (existsSync(kept)) return kept;
  prepareCacheFolder(cache, WHEEL_BYTES + UNPACKED_BYTES);
  const { reporter, signal } = context;
  /** @param {number} pid */
  const onWait = (pid) => reporter.say(`  waiting for another set-up (process ${pid}) to fetch TensorFlow`);
  await withLock(`${kept}.lock`, { signal, onWait }, async () => {
    if (!existsSync(kept)) await fetchLibraries(context, cache, kept);
  });
  return kept;
}

/**
 * @param {Context} context
 * @param {string} cache
 * @param {string} kept
 */
async function fetchLibraries({ env, reporter, signal }, cache, kept) {
  const { project, machine } = WHEELS[/** @type {keyof typeof WHEELS} */ (process.arch)];
  const wheel = await askIndex(indexUrl(env), { project, version: VERSION, machine }, signal);
  const file = join(cache, wheel.filename);
  reporter.say(`  ${project} ${VERSION} from ${wheel.url.host}: 274 MB to download, 860 MB unpacked, kept in ${cache}`);
  await download(wheel, file, { signal, reporter, label: 'downloading' });
  const half = `${kept}.${process.pid}`;
  try {
    mkdirSync(half);
    const count = await extractWheel(file, (name) => tensorflowDestination(name, half), {
      signal,
      reporter,
      label: 'unpacking',
    });
    if (count < 2 || !existsSync(join(half, 'lib'))) {
      throw new SetupError('E-WHEEL', wheel.filename, 'does not hold the libraries', 'Please report it');
    }
    renameSync(half, kept);
    rmSync(file, { force: true });
  } catch (error) {
    if (error instanceof SetupError || signal.aborted) throw error;
    throw new SetupError(
      'E-WHEEL',
      wheel.filename,
      messageOf(error),
      'Make room, then: node scripts/setup.mjs --retry',
    );
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}
