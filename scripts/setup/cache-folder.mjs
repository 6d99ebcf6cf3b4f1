import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SetupError, messageOf } from './setup-error.mjs';

/**
 * Where downloads are kept for the next clone: `KILN_CACHE`, else `$XDG_CACHE_HOME/kiln`, else `~/.cache/kiln`.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function cacheFolder(env) {
  return env['KILN_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kiln');
}

/**
 * Makes the folder and checks that it can take `neededBytes` more; a `SetupError` says what is in the way.
 *
 * @param {string} folder
 * @param {number} neededBytes
 */
export function prepareCacheFolder(folder, neededBytes) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new SetupError(
      'E-CACHE-READONLY',
      folder,
      `the cache folder may not be written (${messageOf(error)})`,
      ELSEWHERE,
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < neededBytes) {
    const found = `expected ${megabytesOf(neededBytes)} free on its disk, found ${megabytesOf(bavail * bsize)}`;
    throw new SetupError('E-DISK-FULL', folder, found, `Make room, or: ${ELSEWHERE}`);
  }
}

const ELSEWHERE = 'Name another folder in KILN_CACHE';

/** @param {number} bytes */
function megabytesOf(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}
