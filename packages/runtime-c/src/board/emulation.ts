import { UnsupportedError } from '@kiln/ir';
import { findTool } from '../toolchain.js';
import type { ToolName } from '../toolchain.js';
import { findBoard } from './board.js';
import type { Board } from './board.js';
import { requireFamily } from './board-family.js';

/** A board with firmware of its own and an emulator: itself, or its core in another's surroundings. */
export type EmulatedBoard = Board & {
  readonly uart: NonNullable<Board['uart']>;
  readonly emulator: Extract<Board['emulator'], { readonly program: string }>;
};

/**
 * The board as it is emulated. Where no emulator knows it, the nearest board stands in: its addresses, start-up code, UART and
 * emulator, with the compiler's flags and the sizes of memory of the board itself.
 *
 * Errors: `E-BOARD-EMULATOR`, an `UnsupportedError`, if no emulator runs its core.
 */
export function emulatedBoard(board: Board): EmulatedBoard {
  const { emulator } = board;
  if ('none' in emulator) {
    throw new UnsupportedError(
      'E-BOARD-EMULATOR',
      board.name,
      `expected an emulator, found none: ${emulator.none}`,
      emulator.instead,
    );
  }
  if (!('nearest' in emulator)) return board as EmulatedBoard;
  const { family, boot, uart, flash, ram, emulator: other } = emulatedBoard(findBoard(emulator.nearest));
  return {
    ...board,
    family,
    boot,
    uart,
    emulator: other,
    flash: { ...flash, bytes: board.flash.bytes },
    ram: { ...ram, bytes: board.ram.bytes },
  };
}

/** What an emulation of the board is not, in words; null where the board itself is emulated. */
export function emulationNote({ emulator }: Board): string | null {
  return 'nearest' in emulator ? `core emulated on ${emulator.nearest}, not this board` : null;
}

/** The emulator's program, as the system installs it; null where npm does. */
export function emulatorTool({ emulator }: EmulatedBoard): ToolName | null {
  return emulator.program === 'rp2040js' || emulator.program === 'avr8js' ? null : emulator.program;
}

/** The tools of a board that this machine does not have: its compiler, its emulator. Null if no tool would do. */
export async function missingBoardTools(board: Board): Promise<ToolName[] | null> {
  if ('none' in board.emulator) return null;
  const emulated = emulatedBoard(board);
  const program = emulatorTool(emulated);
  const tools = [requireFamily(emulated).compiler, ...(program === null ? [] : [program])];
  const found = await Promise.all(tools.map((tool) => findTool(tool)));
  return tools.filter((_, index) => found[index] === null);
}
