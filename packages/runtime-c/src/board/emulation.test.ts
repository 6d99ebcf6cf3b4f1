import { expect, test } from 'vitest';
import { findBoard, listBoards } from './board.js';
import { emulatedBoard, emulationNote, missingBoardTools } from './emulation.js';

const standIns = listBoards().flatMap((board) => ('nearest' in board.emulator ? [[board.name, board] as const] : []));

test.each(standIns)('%s: the nearest board is emulated itself and is large enough', (_name, board) => {
  const { nearest } = board.emulator as { nearest: string };
  const other = findBoard(nearest);
  expect('program' in other.emulator).toBe(true);
  expect(other.flash.bytes).toBeGreaterThanOrEqual(board.flash.bytes);
  expect(other.ram.bytes).toBeGreaterThanOrEqual(board.ram.bytes);
});

test('a board without an emulator keeps its compiler’s flags and its sizes in the surroundings of the nearest', () => {
  const [board, other] = [findBoard('nucleo-h743zi'), findBoard('mps2-an500')];
  const emulated = emulatedBoard(board);
  expect(emulated.core).toEqual(board.core);
  expect(emulated.flash).toMatchObject({ start: other.flash.start, bytes: board.flash.bytes });
  expect(emulated.ram).toMatchObject({ start: other.ram.start, bytes: board.ram.bytes });
  expect(emulated.uart).toEqual(other.uart);
  expect(emulationNote(board)).toBe('core emulated on mps2-an500, not this board');
});

test('a board that is emulated itself is taken as it is', () => {
  const board = findBoard('pico');
  expect(emulatedBoard(board)).toBe(board);
  expect(emulationNote(board)).toBeNull();
});

test('where no emulator runs the core there is no tool that would help', async () => {
  expect(await missingBoardTools(findBoard('esp32-s3'))).toBeNull();
  expect(() => emulatedBoard(findBoard('esp32-s3'))).toThrow(/Xtensa/);
});
