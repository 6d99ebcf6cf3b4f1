import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadFixture } from '../../test/load-fixture.js';
import { compareTraces } from '../parity.js';
import { findBoard, listBoards, parseBoard } from './board.js';
import { createBoardEngine } from './board-engine.js';
import { missingBoardTools } from './board-family.js';

const FOLDER = new URL('../../boards/', import.meta.url);
const FILES = readdirSync(FOLDER);
const MICROBIT = readFileSync(new URL('microbit.json', FOLDER), 'utf8');

test('every file of the folder is a board', () => {
  expect(listBoards().map(({ name }) => `${name}.json`)).toEqual(FILES.sort());
  expect(FILES.length).toBeGreaterThanOrEqual(8);
});

describe.each(listBoards().map((board) => [board.name, board] as const))('%s', (_name, board) => {
  test('has a driver for its UART', () => {
    expect(existsSync(new URL(`../../firmware/uart/${board.uart.driver}.c`, import.meta.url))).toBe(true);
  });

  test('has memory that does not overlap', () => {
    const [first, second] = [board.flash, board.ram]
      .map(({ start, bytes }) => ({ start: Number(start), end: Number(start) + bytes }))
      .sort((a, b) => a.start - b.start);
    expect(first!.end).toBeLessThanOrEqual(second!.start);
  });

  test('names a source for each figure', () => {
    const { core, clock, flash, ram, uart, emulator } = board;
    for (const { source } of [core, clock, flash, ram, uart, emulator])
      expect(source).toMatch(/QEMU|\w{2} ?\w?\d{3,}|v\d/);
  });
});

test('a name that no board has is an error with those that there are', () => {
  expect(() => findBoard('mps2')).toThrow(/expected one of hifive1, microbit, mps2-an385/);
});

test('a figure without a source is not taken', () => {
  const { source: _source, ...clock } = (JSON.parse(MICROBIT) as { clock: { source: string } }).clock;
  const text = JSON.stringify({ ...JSON.parse(MICROBIT), clock });
  expect(() => parseBoard('mine', text)).toThrow(/clock\.source/);
});

test('a field that nobody reads is not taken', () => {
  const text = MICROBIT.replace('"title"', '"colour": "red", "title"');
  expect(() => parseBoard('mine', text)).toThrow(/colour/);
});

test('the board of docs/boards.md is complete, and a network runs on it', async () => {
  const page = readFileSync(new URL('../../../../docs/boards.md', import.meta.url), 'utf8');
  const board = parseBoard('netduino2', /```json\n([\s\S]*?)```/.exec(page)![1]!);
  if ((await missingBoardTools(board)).length > 0) return;
  const { project, inputs, count, traces } = loadFixture('int8');
  const engine = await createBoardEngine(project, board);
  try {
    expect(compareTraces(project, traces, await engine.trace(inputs, count), count).differing).toBe(0);
  } finally {
    await engine.dispose();
  }
});

test('docs/boards.md lists every board with its core and memory', () => {
  const page = readFileSync(new URL('../../../../docs/boards.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| (\w[\w-]+) +\| [^|]+ \| (\d+ [KM]B) +\| (\d+ [KM]B) +\|/gm)];
  const size = (bytes: number) => (bytes < 1 << 20 ? `${bytes / 1024} KB` : `${bytes / (1 << 20)} MB`);
  const expected = listBoards().map(({ name, flash, ram }) => [name, size(flash.bytes), size(ram.bytes)]);
  expect(listed.map(([, ...cells]) => cells)).toEqual(expected);
});
