import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Interrupted } from './setup-error.mjs';

const POLL_MS = 300;

/**
 * Runs `work` while no other process of this user holds the lock file; waits for its turn.
 * A lock whose process is gone is taken over.
 *
 * @template T
 * @param {string} path
 * @param {{ signal: AbortSignal, onWait: (pid: number) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { signal, onWait }, work) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryLock(path)) {
    const holder = holderOf(path);
    if (holder === undefined) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (signal.aborted) throw new Interrupted();
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function tryLock(path) {
  // A hard link appears with its content, so that nobody reads a lock without a holder.
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, String(process.pid));
    linkSync(own, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * The living process that holds the lock, if any.
 *
 * @param {string} path
 */
function holderOf(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: it lives, under another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
      ? Number(readFileSync(path, 'utf8'))
      : undefined;
  }
}
