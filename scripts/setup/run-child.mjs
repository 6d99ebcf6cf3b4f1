import { spawn } from 'node:child_process';
import { Interrupted } from './setup-error.mjs';

const KILL_AFTER_MS = 3_000;
const KEPT_OUTPUT_CHARS = 20_000;

/**
 * @typedef {object} ChildResult
 * @property {number} code  exit code; -1 if the program could not be started or was ended by a signal
 * @property {string} output  stdout and stderr, the last 20,000 characters
 * @property {boolean} timedOut
 */

/**
 * @typedef {object} ChildOptions
 * @property {AbortSignal} signal  aborting it ends the child
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs]
 * @property {boolean} [finish]  on interruption ask the program to stop and wait for it (a package manager), never kill it
 */

/**
 * Runs a program and waits for its end; its output is kept, not shown.
 *
 * The child leads a process group of its own: Ctrl-C reaches only us, and we end the whole group.
 * Rejects with `Interrupted` once the child is gone, if `signal` was aborted.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} options
 * @returns {Promise<ChildResult>}
 */
export function runChild(command, args, { signal, cwd, env, timeoutMs, finish = false }) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted());
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    /** @type {NodeJS.Timeout | undefined} */
    let killTimer;
    /** @param {NodeJS.Signals} name */
    const send = (name) => {
      try {
        if (child.pid !== undefined) process.kill(finish ? child.pid : -child.pid, name);
      } catch {
        // It has ended in the meantime.
      }
    };
    const end = () => {
      send(finish ? 'SIGINT' : 'SIGTERM');
      if (!finish) killTimer = setTimeout(() => send('SIGKILL'), KILL_AFTER_MS);
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => ((timedOut = true), end()), timeoutMs);
    signal.addEventListener('abort', end);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-KEPT_OUTPUT_CHARS);
      });
    }
    /** @param {number} code */
    const settle = (code) => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(new Interrupted());
      else resolve({ code, output, timedOut });
    };
    child.on('error', (error) => {
      output += error.message;
      settle(-1);
    });
    child.on('close', (code) => settle(code ?? -1));
  });
}

/**
 * The last lines of a program's output that say something.
 *
 * @param {string} output
 * @param {number} count
 * @returns {string}
 */
export function lastLines(output, count) {
  const lines = output.split('\n').map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n');
}
