import { InvariantError } from '@kiln/ir';
import type { EmulatedBoard } from './board/emulation.js';
import type { MemoryBlock } from './elf-image.js';
import { startThread } from './emulate-thread.js';
import type { ThreadEmulator } from './emulate-thread.js';

export interface AvrOptions {
  /** The address of an instruction, a function's first, that is a mark. */
  readonly mark?: number;
}

/** Runs what stands in a board's flash on its AVR, from address 0. Its USART0 is the line. */
export function startAvrEmulator(
  board: EmulatedBoard,
  flash: readonly MemoryBlock[],
  options: AvrOptions = {},
): ThreadEmulator {
  const { emulator, ram, uart } = board;
  if (emulator.program !== 'avr8js') throw new InvariantError('E-EMULATOR', board.name, 'expected avr8js');
  return startThread('avr.mjs', 'avr8js', flash, {
    ...options,
    flashBytes: emulator.flashBytes,
    timer1Overflow: emulator.timer1Overflow,
    ramEnd: Number(ram.start) + ram.bytes,
    clockHz: uart.clockHz,
  });
}
