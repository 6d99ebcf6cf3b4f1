import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hasProgram } from '../../test/board-tools.js';
import { loadFixture } from '../../test/load-fixture.js';
import { findBoard } from '../board/board.js';
import { buildBoardImage } from '../board/build-image.js';
import { readMemoryImage } from '../elf-image.js';
import { imageFiles } from './image-files.js';
import type { ImageKind } from './image-files.js';
import { encodeUf2 } from './uf2.js';

const folder = mkdtempSync(join(tmpdir(), 'kiln-test-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FAMILY = 0xe48bff56;
const noArm = !hasProgram('arm-none-eabi-gcc');
const noRiscv = !hasProgram('riscv64-unknown-elf-gcc');

/** The C of a board with a variable that has a first value, in a flash that begins where a segment could hold headers. */
const SOURCE =
  'int first = 0x11223344; const int second = 0x55667788; int reset_handler(void) { return first + second; }';
const LINKER = `MEMORY { FLASH (rx) : ORIGIN = 0x0801c200, LENGTH = 1M  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset_handler)
SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) } > FLASH  .data : { *(.data) } > RAM AT> FLASH }`;

function at(name: string): string {
  return join(folder, name);
}

/** Every byte of an Intel HEX file by its address, read without the library that writes it. */
function readHex(text: string): Map<number, number> {
  const memory = new Map<number, number>();
  let base = 0;
  for (const line of text.trim().split(/\r?\n/)) {
    const record = Buffer.from(line.slice(1), 'hex');
    expect(
      record.reduce((sum, byte) => (sum + byte) & 0xff, 0),
      line,
    ).toBe(0);
    const [count, type, data] = [record[0]!, record[3]!, record.subarray(4, -1)];
    if (type === 4) base = data.readUInt16BE(0) * 0x10000;
    if (type === 0) for (let i = 0; i < count; i++) memory.set(base + record.readUInt16BE(1) + i, data[i]!);
  }
  return memory;
}

/** Every byte of a UF2 file, and what each of its blocks must say. Source: Microsoft, UF2 specification. */
function readUf2(file: Uint8Array): Map<number, number> {
  const [memory, view] = [new Map<number, number>(), new DataView(file.buffer, file.byteOffset, file.length)];
  expect(file.length % 512).toBe(0);
  for (let start = 0; start < file.length; start += 512) {
    const word = (offset: number): number => view.getUint32(start + offset, true);
    const found = [word(0), word(4), word(8), word(16), word(20), word(24), word(28), word(508)];
    const expected = [0x0a324655, 0x9e5d5157, 0x2000, 256, start / 512, file.length / 512, FAMILY, 0x0ab16f30];
    expect(found).toEqual(expected);
    expect(word(12) % 256).toBe(0);
    for (let i = 0; i < 256; i++) memory.set(word(12) + i, file[start + 32 + i]!);
  }
  return memory;
}

function filesOf(elf: Uint8Array): Record<ImageKind, Uint8Array> & { start: number } {
  const { start, files } = imageFiles(elf, FAMILY);
  const byKind = Object.fromEntries(files.map(({ kind, bytes }) => [kind, bytes]));
  return { ...(byKind as Record<ImageKind, Uint8Array>), start };
}

/** What GNU's objcopy makes of the ELF file: the second opinion. */
function objcopyHex(elf: Uint8Array, objcopy: string): Map<number, number> {
  writeFileSync(at('image.elf'), elf);
  execFileSync(objcopy, ['-O', 'ihex', at('image.elf'), at('objcopy.hex')]);
  return readHex(readFileSync(at('objcopy.hex'), 'latin1'));
}

function byAddress(memory: Map<number, number>): [number, number][] {
  return [...memory].sort(([a], [b]) => a - b);
}

describe.each([
  ['microbit', 'arm-none-eabi-objcopy', noArm],
  ['stm32vldiscovery', 'arm-none-eabi-objcopy', noArm],
  ['hifive1', 'riscv64-unknown-elf-objcopy', noRiscv],
])('the firmware of %s (skipped where its compiler is missing)', (name, objcopy, missing) => {
  test.skipIf(missing)('is the same memory in .hex, .bin and .uf2 as objcopy finds in the ELF file', async () => {
    const { bytes } = await buildBoardImage(loadFixture('int8').project, findBoard(name), { firmware: 'serve' });
    const files = filesOf(bytes);
    const expected = byAddress(objcopyHex(bytes, objcopy));
    expect(expected.length).toBeGreaterThan(4000);
    expect(byAddress(readHex(Buffer.from(files.hex).toString('latin1')))).toEqual(expected);
    expect(files.start).toBe(Number(findBoard(name).flash.start));
    expect([...files.bin]).toEqual(expected.map(([, byte]) => byte));
    const pages = readUf2(files.uf2);
    expect(expected.every(([address, byte]) => pages.get(address) === byte)).toBe(true);
    expect(pages.size).toBe(Math.ceil(expected.length / 256) * 256);
  });
});

test.skipIf(noArm)('first values of variables stand in the flash, and no header of the file before them', () => {
  writeFileSync(at('main.c'), SOURCE);
  writeFileSync(at('memory.ld'), LINKER);
  const args = ['-mcpu=cortex-m4', '-mthumb', '-nostdlib', '-T', at('memory.ld'), at('main.c'), '-o', at('main.elf')];
  execFileSync('arm-none-eabi-gcc', args);
  const elf = new Uint8Array(readFileSync(at('main.elf')));
  const blocks = readMemoryImage(elf);
  expect(blocks[0]!.address).toBe(0x0801c200);
  expect(Buffer.from(blocks.at(-1)!.bytes).readUInt32LE(0)).toBe(0x11223344);
  expect(blocks.at(-1)!.address).toBeLessThan(0x0801c300);
  expect(byAddress(readHex(Buffer.from(filesOf(elf).hex).toString('latin1')))).toEqual(
    byAddress(objcopyHex(elf, 'arm-none-eabi-objcopy')),
  );
});

test('what lies between two blocks is erased flash, and a .uf2 leaves out pages without a byte', () => {
  const blocks = [
    { address: 0x1000_00fe, bytes: Uint8Array.of(1, 2, 3, 4) },
    { address: 0x1000_0400, bytes: Uint8Array.of(5) },
  ];
  const pages = readUf2(encodeUf2(blocks, FAMILY));
  expect([...pages.keys()].filter((address) => address % 256 === 0)).toEqual([0x1000_0000, 0x1000_0100, 0x1000_0400]);
  const given = [0xfd, 0xfe, 0xff, 0x100, 0x101, 0x102, 0x400, 0x401].map((offset) => pages.get(0x1000_0000 + offset));
  expect(given).toEqual([0xff, 1, 2, 3, 4, 0xff, 5, 0xff]);
});

test('what is no ELF file for boards is refused', () => {
  expect(() => readMemoryImage(new Uint8Array(100))).toThrow(/little-endian ELF file of 32 bits/);
  expect(() => imageFiles(new Uint8Array(0), null)).toThrow(/E-IMAGE-FORMAT|little-endian/);
});
