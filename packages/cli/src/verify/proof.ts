import type { Compilation, Precision } from '@kiln/codegen';
import type { CodeSize } from '@kiln/runtime-c';
import type { Agreement } from './judge.js';
import type { Verification } from './verify-compilation.js';

/** One precision, compiled, run everywhere and measured. */
export interface Proof {
  readonly precision: Precision;
  readonly compilation: Compilation;
  readonly verification: Verification;
  readonly agreement: Agreement | null;
  readonly sizes: readonly CodeSize[];
}
