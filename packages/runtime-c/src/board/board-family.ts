import { UnsupportedError } from '@kiln/ir';
import type { ToolName } from '../toolchain.js';

/** What boards of one kind of core share. */
export interface BoardFamily {
  readonly compiler: ToolName;
  /** Start-up code, as paths within this package. */
  readonly start: readonly string[];
  /** The core's own clock, likewise. */
  readonly timer: string;
  readonly flags: readonly string[];
  /** Kiln's linker script and start, or those of the compiler's library. */
  /** What makes the compiler write a call graph with stack use, or assembly that tells as much. */
  readonly graphFlag: '-fcallgraph-info=su' | '-save-temps';
  readonly linking: 'image.ld' | 'avr-libc';
  /** The least that must be left for the stack; what a network really needs is measured. */
  readonly leastStackBytes: number;
}

export const FAMILY_NAMES = ['cortex-m', 'riscv', 'avr', 'esp-idf'] as const;
/** Those that Kiln has a firmware for; ESP-IDF brings its own start, libraries and linking. */
type FirmwareFamily = Exclude<(typeof FAMILY_NAMES)[number], 'esp-idf'>;

/** The C library of each compiler is the small one: it serves memcpy and its like. */
export const FAMILIES: Readonly<Record<FirmwareFamily, BoardFamily>> = {
  'cortex-m': {
    compiler: 'arm-none-eabi-gcc',
    start: ['firmware/start/start.c', 'firmware/start/cortex-m.c'],
    timer: 'firmware/timer/cortex-m-timer.c',
    flags: ['-std=c99', '-mthumb', '--specs=nano.specs'],
    graphFlag: '-fcallgraph-info=su',
    linking: 'image.ld',
    leastStackBytes: 1024,
  },
  riscv: {
    compiler: 'riscv64-unknown-elf-gcc',
    start: ['firmware/start/start.c', 'firmware/start/riscv.c'],
    timer: 'firmware/timer/riscv-timer.c',
    flags: ['-std=c99', '--specs=picolibc.specs'],
    graphFlag: '-fcallgraph-info=su',
    linking: 'image.ld',
    leastStackBytes: 1024,
  },
  avr: {
    compiler: 'avr-gcc',
    start: ['firmware/start/avr.c'],
    timer: 'firmware/timer/avr-timer.c',
    // GNU's C has a name for the flash, which ISO's has not.
    flags: ['-std=gnu99'],
    graphFlag: '-save-temps',
    linking: 'avr-libc',
    leastStackBytes: 256,
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
