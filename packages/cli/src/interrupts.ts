import { EXIT_CODE, InterruptedError } from '@kiln/ir';

/**
 * Runs work that must clean up when it is interrupted: Ctrl-C, or a request to end, raises the signal; a second one ends
 * the process at once. Work that holds nothing (no child process, no half-written file) needs no signal: there the system's
 * own way of ending a process is right.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODE.interrupted);
    controller.abort(new InterruptedError('kiln', 'Nothing half-written is left; run the command again'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
