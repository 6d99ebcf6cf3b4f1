import type { Precision } from '@kiln/codegen';
import type { CProject } from '@kiln/ir';
import { type MatrixRow, type MutationRow, runCompileMatrix, runMutations } from '@kiln/runtime-c';
import { runStage } from '../ui/progress.js';
import type { Terminal } from '../ui/terminal.js';
import type { Verification } from './verify-compilation.js';

/** A verified compilation that is to be tried harder. */
export interface StressOptions {
  readonly terminal: Terminal;
  readonly project: CProject;
  readonly verification: Verification;
  readonly precision: Precision;
  readonly signal: AbortSignal;
}

/** Compiles with every compiler and level this machine has, as C++ and under sanitizers, and compares each. */
export function tryMatrix({ terminal, project, verification, precision, signal }: StressOptions): Promise<MatrixRow[]> {
  const { inputs, trace } = verification;
  return runStage(
    terminal,
    `Compilers ${precision}`,
    (stage) =>
      runCompileMatrix(project, inputs.bytes, trace, inputs.count, {
        signal,
        onRow: ({ name }, done, total) => stage.update(done, total, name),
      }),
    (rows) => `${rows.filter(({ outcome }) => outcome === 'equal').length} of ${rows.length} ways ran and agree`,
  );
}

/** Changes the generated C, one seeded place at a time, and sees whether the comparison notices. */
export function tryMutations(
  { terminal, project, verification, precision, signal }: StressOptions,
  limit: number,
  seed: number,
): Promise<MutationRow[]> {
  const { inputs, trace } = verification;
  return runStage(
    terminal,
    `Mutations ${precision}`,
    (stage) =>
      runMutations(project, inputs.bytes, trace, inputs.count, {
        seed,
        limit,
        signal,
        onRow: ({ name }, done, total) => stage.update(done, total, name),
      }),
    (rows) => `${rows.filter(({ outcome }) => outcome !== 'survived').length} of ${rows.length} noticed`,
  );
}
