import type { CProject } from '@kiln/ir';
import { buildObject } from './build-object.js';
import type { Cpu } from './build-object.js';
import { readSectionSizes } from './elf-sections.js';
import type { SectionSizes } from './elf-sections.js';
import { deepestStack } from './stack-use.js';
import type { StackUse } from './stack-use.js';

export interface CodeSize extends SectionSizes {
  /** The processor, such as `Cortex-M4F`. */
  readonly target: string;
  /** Version and flags of the compiler. */
  readonly compiler: string;
  /** Null where the compiler does not tell (only gcc does). */
  readonly stack: StackUse | null;
}

const CPU_NAMES: Readonly<Record<Cpu, string>> = {
  'cortex-m0': 'Cortex-M0',
  'cortex-m4': 'Cortex-M4F',
  'cortex-m4-soft': 'Cortex-M4',
  host: 'this machine',
};

/**
 * Flash and RAM of the generated file on a processor, read from an object file compiled with -Os.
 *
 * Flash is `textBytes + constantBytes + dataBytes`: an upper bound, as the linker drops the entry points that a firmware does
 * not call, and without `undefinedSymbols`, which the compiler's library adds once per firmware. RAM beside the caller's arena
 * is `dataBytes + bssBytes` and the stack.
 * Errors: those of `buildObject`; `E-OBJECT-FORMAT` for 'host' where object files are not ELF.
 */
export async function measureCodeSize(
  project: CProject,
  options: { readonly cpu: Cpu; readonly signal?: AbortSignal | undefined },
): Promise<CodeSize> {
  const { bytes, callGraph, tool, flags } = await buildObject(project, options.cpu, options.signal);
  return {
    target: CPU_NAMES[options.cpu],
    compiler: `${tool.version} ${flags.join(' ')}`,
    ...readSectionSizes(bytes),
    stack: callGraph === null ? null : deepestStack(callGraph),
  };
}
