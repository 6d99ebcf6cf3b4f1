import { findTool } from '../toolchain.js';
import type { ToolName } from '../toolchain.js';

/** What boards of one kind of core share. */
export interface BoardFamily {
  readonly compiler: ToolName;
  /** Start-up code, as a path within this package. */
  readonly start: string;
  /** The core's own clock, likewise. */
  readonly timer: string;
  readonly flags: readonly string[];
}

export const FAMILY_NAMES = ['cortex-m', 'riscv'] as const;

/** The C library of each compiler is the small one: it serves memcpy and its like. */
export const FAMILIES: Readonly<Record<(typeof FAMILY_NAMES)[number], BoardFamily>> = {
  'cortex-m': {
    compiler: 'arm-none-eabi-gcc',
    start: 'firmware/start/cortex-m.c',
    timer: 'firmware/timer/cortex-m-timer.c',
    flags: ['-mthumb', '--specs=nano.specs'],
  },
  riscv: {
    compiler: 'riscv64-unknown-elf-gcc',
    start: 'firmware/start/riscv.c',
    timer: 'firmware/timer/riscv-timer.c',
    flags: ['--specs=picolibc.specs'],
  },
};

/** The tools of a board that this machine does not have: its compiler, its emulator. */
export async function missingBoardTools(board: {
  readonly family: (typeof FAMILY_NAMES)[number];
  readonly emulator: { readonly program: ToolName };
}): Promise<ToolName[]> {
  const tools = [FAMILIES[board.family].compiler, board.emulator.program];
  const found = await Promise.all(tools.map((tool) => findTool(tool)));
  return tools.filter((_, index) => found[index] === null);
}
