import { UnsupportedError } from '@kiln/ir';
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

export const FAMILY_NAMES = ['cortex-m', 'riscv', 'esp-idf'] as const;
/** Those that Kiln has a firmware for; ESP-IDF brings its own start, libraries and linking. */
type FirmwareFamily = Exclude<(typeof FAMILY_NAMES)[number], 'esp-idf'>;

/** The C library of each compiler is the small one: it serves memcpy and its like. */
export const FAMILIES: Readonly<Record<FirmwareFamily, BoardFamily>> = {
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

/** The board's family. Errors: `E-BOARD-FRAMEWORK`, an `UnsupportedError`, if Kiln has no firmware for it. */
export function requireFamily(board: {
  readonly name: string;
  readonly family: (typeof FAMILY_NAMES)[number];
}): BoardFamily {
  if (board.family !== 'esp-idf') return FAMILIES[board.family];
  const message = 'expected a board that Kiln builds whole images for, found one that ESP-IDF builds for';
  const remedy = 'Add the generated C to an ESP-IDF project and build it with idf.py';
  throw new UnsupportedError('E-BOARD-FRAMEWORK', board.name, message, remedy);
}
