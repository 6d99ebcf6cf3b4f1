import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadFixture } from '../../test/load-fixture.js';
import { compareTraces } from '../parity.js';
import { findBoard, listBoards, parseBoard } from './board.js';
import type { Board } from './board.js';
import { createBoardEngine } from './board-engine.js';
import { missingBoardTools } from './emulation.js';

const FOLDER = new URL('../../boards/', import.meta.url);
const FILES = readdirSync(FOLDER);
const MICROBIT = readFileSync(new URL('microbit.json', FOLDER), 'utf8');

test('every file of the folder is a board', () => {
  expect(
    listBoards()
      .map(({ name }) => `${name}.json`)
      .sort(),
  ).toEqual(FILES.sort());
  expect(FILES.length).toBeGreaterThanOrEqual(21);
});

describe.each(listBoards().map((board) => [board.name, board] as const))('%s', (_name, board) => {
  test('has the firmware that its file names, a driver and a boot block, or a framework that brings them', () => {
    const { family, uart, boot } = board;
    expect(uart === undefined).toBe(family === 'esp-idf');
    const paths = [
      ...(uart === undefined ? [] : [`uart/${uart.driver}.c`]),
      ...(boot === undefined ? [] : [`boot/${boot.block}.c`]),
    ];
    for (const path of paths) expect(existsSync(new URL(`../../firmware/${path}`, import.meta.url)), path).toBe(true);
  });

  // The two memories of an AVR have addresses of their own, each from 0.
  test.skipIf(board.family === 'avr')('has memory that does not overlap', () => {
    const [first, second] = [board.flash, board.ram]
      .map(({ start, bytes }) => ({ start: Number(start), end: Number(start) + bytes }))
      .sort((a, b) => a.start - b.start);
    expect(first!.end).toBeLessThanOrEqual(second!.start);
  });

  test('names a source for each figure', () => {
    const { core, clock, flash, ram, boot, uart, emulator, flashing, usb } = board;
    const parts = [core, clock, flash, ram, boot, uart, emulator, flashing, usb];
    const sources = parts.flatMap((part) => (part !== undefined && 'source' in part ? [part.source] : []));
    expect(sources.length).toBeGreaterThanOrEqual(board.family === 'esp-idf' ? 6 : 7);
    for (const source of sources)
      expect(source).toMatch(/QEMU|Zephyr|OpenOCD|ESP-IDF|pico-sdk|DAPLink|Debug Probe|\w{2} ?\w?\d{3,}|\d\.\d/);
  });
});

test('a name that no board has is an error with those that there are', () => {
  expect(() => findBoard('mps2')).toThrow(/expected one of esp32-c3, esp32-s3, hifive1, mega2560, microbit/);
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

test('no UF2 drive is written in the family of another chip', () => {
  const families = listBoards().flatMap(({ name, flashing }) =>
    flashing.methods.flatMap((method) => (method.tool === 'uf2' ? [[name, method.family]] : [])),
  );
  expect(families).toEqual([
    ['pico', '0xe48bff56'],
    ['pico2', '0xe48bff59'],
  ]);
});

test('the board of docs/boards.md is complete, and a network runs on it', async () => {
  const page = readFileSync(new URL('../../../../docs/boards.md', import.meta.url), 'utf8');
  const board = parseBoard('netduino2', /```json\n([\s\S]*?)```/.exec(page)![1]!);
  if ((await missingBoardTools(board))?.length !== 0) return;
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
  const listed = [
    ...page.matchAll(/^\| (\w[\w-]+) +\| [^|]+ \| ([\d.]+ [KM]B) +\| (\d+ [KM]B) +\| [^|]+ \| ([^|]+?) +\|$/gm),
  ];
  const size = (bytes: number) => (bytes < 1 << 20 ? `${bytes / 1024} KB` : `${bytes / (1 << 20)} MB`);
  const emulation = ({ emulator }: Board): string => {
    if ('none' in emulator) return 'no';
    if ('nearest' in emulator) return `core: ${emulator.nearest}`;
    return emulator.program.startsWith('qemu') ? 'QEMU' : emulator.program;
  };
  const expected = listBoards().map((board) => {
    return [board.name, size(board.flash.bytes), size(board.ram.bytes), emulation(board)];
  });
  expect(listed.map(([, ...cells]) => cells)).toEqual(expected);
});
