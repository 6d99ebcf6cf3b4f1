import { type CProject, MissingToolError } from '@kiln/ir';
import { type CodeSize, measureCodeSize } from '@kiln/runtime-c';

/** Sizes of the compiled C for the targets that this machine has a compiler for, Cortex-M4 first. */
export async function measureSizes(project: CProject, signal: AbortSignal): Promise<CodeSize[]> {
  const sizes: CodeSize[] = [];
  for (const cpu of ['cortex-m4', 'cortex-m0', 'host'] as const) {
    try {
      sizes.push(await measureCodeSize(project, { cpu, signal }));
    } catch (error) {
      if (!(error instanceof MissingToolError)) throw error;
    }
  }
  return sizes;
}
