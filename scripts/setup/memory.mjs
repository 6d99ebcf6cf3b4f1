import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What the set-up remembers between two runs: what it has verified, and what failed and so is not tried again at once.
 * Kept in `node_modules/.cache`, so that a new `npm ci` forgets it. Losing it costs time, never correctness.
 */
export class Memory {
  /** @param {string} root the project's folder */
  constructor(root) {
    this.path = join(root, 'node_modules', '.cache', 'kiln-setup.json');
    /** @type {Record<string, unknown>} */
    this.notes = read(this.path);
  }

  /**
   * @param {string} key
   * @returns {unknown}
   */
  recall(key) {
    return this.notes[key];
  }

  /**
   * @param {string} key
   * @param {unknown} value undefined forgets
   */
  note(key, value) {
    this.notes[key] = value;
    // Before `npm ci` there is no place for it, and none is made.
    if (!existsSync(dirname(dirname(this.path)))) return;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(`${this.path}.${process.pid}`, JSON.stringify(this.notes));
      renameSync(`${this.path}.${process.pid}`, this.path);
    } catch {
      // A folder that may not be written: the next run looks again.
    }
  }

  /**
   * The reason why `key` failed, while that is still worth believing.
   *
   * @param {string} key
   * @param {string} circumstances what, when changed, makes another try worthwhile
   * @returns {string | undefined}
   */
  failure(key, circumstances) {
    const failed = /** @type {Failure | undefined} */ (this.notes[`${key} failed`]);
    if (failed === undefined || failed.circumstances !== circumstances || Date.now() > failed.untilMs) return undefined;
    return failed.reason;
  }

  /**
   * @param {string} key
   * @param {string} circumstances
   * @param {string} reason
   * @param {number} minutes how long not to try again
   */
  noteFailure(key, circumstances, reason, minutes) {
    this.note(`${key} failed`, { circumstances, reason, untilMs: Date.now() + minutes * 60_000 });
  }
}

/**
 * @typedef {object} Failure
 * @property {string} circumstances
 * @property {string} reason
 * @property {number} untilMs
 */

/**
 * @param {string} path
 * @returns {Record<string, unknown>}
 */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
