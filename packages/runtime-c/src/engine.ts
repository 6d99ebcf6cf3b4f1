import { InvariantError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';

export interface TraceOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Generated C that was compiled and can be run. */
export interface Engine {
  /** `host`, `wasm`, or the name of a board. */
  readonly name: string;
  /** Compiler, version and flags, for people. */
  readonly description: string;
  /**
   * Runs `count` inferences. `inputs` holds their inputs one after another (`inputBytes` each); the answer likewise holds
   * what every layer computed (`traceBytes` each).
   *
   * Errors: `E-ENGINE-CRASH` if the C ended in any way but its own, `E-ENGINE-TRACE` if it reported another number of
   * bytes or wrote past its memory, `E-INTERRUPTED` on abort.
   */
  trace(inputs: Uint8Array, count: number, options?: TraceOptions): Promise<Uint8Array>;
  /** Runs the C's own self-test: null, or the first layer that differs. */
  selfTest(): Promise<string | null>;
  /** Removes all files of the engine. */
  dispose(): Promise<void>;
}

/** Errors: `E-ENGINE-INPUTS` if the bytes are not `count` inferences' worth. */
export function checkInputs(project: Pick<CProject, 'prefix' | 'inputBytes'>, inputs: Uint8Array, count: number): void {
  const expected = count * project.inputBytes;
  if (inputs.length === expected) return;
  const message = `expected ${expected} bytes of input for ${count} inferences, found ${inputs.length}`;
  throw new InvariantError('E-ENGINE-INPUTS', project.prefix, message);
}

/** What the statuses of the harness and the firmware mean (`harness/network.h`). */
const HARNESS_STATUS: Readonly<Record<number, string>> = {
  10: 'reported another number of bytes than the project says',
  11: 'wrote past the end of its arena',
  12: 'wrote past the end of an output',
  13: 'could not read its inputs or write its traces',
  14: "used all of the board's stack, and perhaps more",
};

/** The error for a run of the generated C that did not end well. */
export function runError(
  project: Pick<CProject, 'prefix'>,
  engine: string,
  status: number | null,
  details: string,
): InvariantError {
  const where = `${project.prefix}.c on ${engine}`;
  const known = status === null ? undefined : HARNESS_STATUS[status];
  if (known !== undefined) return new InvariantError('E-ENGINE-TRACE', where, `the generated C ${known}`);
  return new InvariantError('E-ENGINE-CRASH', where, `expected the generated C to run to its end, found ${details}`);
}
