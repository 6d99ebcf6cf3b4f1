import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EnvironmentError, InterruptedError } from '@kiln/ir';

export interface RunOptions {
  readonly cwd?: string;
  /** Set on top of the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. */
  readonly input?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** After this time the command is ended and the result says `timedOut`. */
  readonly timeLimitMs?: number;
  /** Told how many bytes have come from stdout so far. */
  readonly onStdoutBytes?: (bytes: number) => void;
  /** Given all that it prints, to stdout and stderr, as it comes. */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

export interface CommandResult {
  /** Null if a signal ended the command. */
  readonly exitCode: number | null;
  readonly endedBy: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: Uint8Array;
  /** The last part of it, at most `STDERR_BYTES`. */
  readonly stderr: string;
}

const STDERR_BYTES = 1 << 20;

/** Commands that still run; ended with this process if it exits by itself. */
const running = new Set<ChildProcess>();

/** How long a program may take to end when it is asked to, before it is made to. */
const END_MS = 5_000;

process.on('exit', () => running.forEach(endGroup));

/**
 * Runs a program without a shell and waits for its end. Child processes are started in this file alone.
 *
 * The program leads a process group of its own, so that an abort or the time limit also ends what it started (a compiler
 * driver's compiler); the promise settles only after that. Ctrl-C in a terminal does not reach the group: whoever handles
 * it aborts `signal`.
 *
 * Errors: `E-INTERRUPTED` on abort, `E-RUN-START` if the program cannot be started. A non-zero exit is a result.
 */
export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted === true) {
      reject(interrupted(command));
      return;
    }
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    let bytes = 0;
    const collected = collectOutput(child, (chunk) => options.onStdoutBytes?.((bytes += chunk.length)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => options.onOutput?.(chunk));
    }
    const end = endEarly(child, options);
    child.on('error', (error) => {
      running.delete(child);
      end.settle();
      reject(startError(command, error));
    });
    child.on('close', (exitCode, endedBy) => {
      running.delete(child);
      end.settle();
      if (options.signal?.aborted === true) reject(interrupted(command));
      else resolve({ exitCode, endedBy, timedOut: end.timedOut(), ...collected() });
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? new Uint8Array(0));
  });
}

/** A program that is talked to while it runs. */
export interface RunningCommand {
  /** To its stdin. */
  write(bytes: Uint8Array): void;
  /** Ends it and what it started. */
  end(): void;
  /**
   * Settles when it has ended in whatever way, also by not being there: what it wrote to stderr, and its exit code.
   * Rejects with `E-RUN-START` where there is no shell.
   */
  readonly ended: Promise<string>;
}

/**
 * Ends the program, and all else of its group, with this process, however that ends: the read returns when the other end
 * of the pipe is gone. What the program writes goes through `cat`: Node.js gives a child sockets, and one that is written
 * byte by byte is full after some hundred bytes, which an emulator's UART would then lose; a pipe holds 64 KB.
 */
const LIFELINE = [
  'trap : TERM',
  '(read -r line <&3; kill -9 -$$) >/dev/null 2>&1 </dev/null &',
  'watcher=$!',
  '{ trap : TERM; "$@" 3<&-; echo "exit code $?" >&2; } | cat 3<&-',
  'kill $watcher 2>/dev/null',
  // All that it started has ended before it does: nothing is left for others to bury.
  'wait',
].join('\n');

/**
 * Starts a program without waiting for its end, for those that would run forever: it is ended with this process even if
 * that crashes. `onStdout` is given what it writes.
 */
export function startCommand(
  command: string,
  args: readonly string[],
  onStdout: (bytes: Uint8Array) => void,
): RunningCommand {
  const child = spawn('sh', ['-c', LIFELINE, 'kiln', command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const collected = collectOutput(child, onStdout, false);
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', (error) => {
      running.delete(child);
      reject(startError(command, error));
    });
    child.on('close', () => {
      running.delete(child);
      resolve(collected().stderr.trim());
    });
  });
  const end = (): void => {
    signalGroup(child, 'SIGTERM');
    const late = setTimeout(() => endGroup(child), END_MS);
    void ended.finally(() => clearTimeout(late)).catch(() => undefined);
  };
  return { write: (bytes) => void child.stdin.write(bytes), end, ended };
}

function collectOutput(
  child: ChildProcess,
  onStdout: (chunk: Uint8Array) => void,
  keepsStdout = true,
): () => Pick<CommandResult, 'stdout' | 'stderr'> {
  const out: Buffer[] = [];
  let stderr = Buffer.alloc(0);
  child.stdout?.on('data', (chunk: Buffer) => {
    if (keepsStdout) out.push(chunk);
    onStdout(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_BYTES);
  });
  return () => ({ stdout: Buffer.concat(out), stderr: stderr.toString('utf8') });
}

/** Ends the command on abort and at the time limit, until it has settled. */
function endEarly(child: ChildProcess, options: RunOptions): { settle: () => void; timedOut: () => boolean } {
  let late = false;
  const onAbort = () => endGroup(child);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    options.timeLimitMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          endGroup(child);
        }, options.timeLimitMs);
  return {
    settle: () => {
      options.signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
    timedOut: () => late,
  };
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has already ended.
  }
}

function interrupted(command: string): InterruptedError {
  return new InterruptedError(command, 'Run the command again');
}

function startError(command: string, error: NodeJS.ErrnoException): EnvironmentError {
  const message = `expected a program that starts, found ${error.code ?? 'an error'} (${error.message})`;
  return new EnvironmentError('E-RUN-START', command, message, 'Check that the file exists and may be executed', {
    cause: error,
  });
}
