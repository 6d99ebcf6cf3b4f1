import { setTimeout as wait } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { CProject } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../test/load-fixture.js';
import { findBoard } from './board/board.js';
import { connectBoard } from './board/board-engine.js';
import { buildBoardImage } from './board/build-image.js';
import { missingBoardTools } from './board/emulation.js';
import { readLoadSegments } from './elf-segments.js';
import { startPicoEmulator } from './emulate-pico.js';
import { words } from './line/board-session.js';

const PICO = findBoard('pico');
const missing = (await missingBoardTools(PICO))?.length !== 0;
const FLASH = 0x10000000;
/** WATCHDOG_SCRATCH0, as the C writes it. */
const MARK = '*(volatile uint32_t *)0x4005800Cu = 1u;';

async function imageOf(project: CProject): Promise<Uint8Array> {
  return (await buildBoardImage(project, PICO, { firmware: 'serve' })).bytes;
}

function secondStage(image: Uint8Array): Uint8Array {
  return readLoadSegments(image)
    .find(({ address }) => address === FLASH)!
    .bytes.subarray(0, 256);
}

/** The byte with its bits in the other order, which turns zlib's CRC into the boot ROM's. */
function mirrored(value: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result = result * 2 + (Math.floor(value / 2 ** bit) % 2);
  return result;
}

describe.skipIf(missing)('an emulated Pico (skipped without arm-none-eabi-gcc)', () => {
  test('boots an image whose second stage bears the checksum of the RP2040', async () => {
    const stage = secondStage(await imageOf(loadFixture('int8').project));
    const code = Uint8Array.from(stage.subarray(0, 252), (byte) => mirrored(byte, 8));
    const expected = mirrored((crc32(code) ^ 0xffffffff) >>> 0, 32);
    expect(new DataView(stage.buffer, stage.byteOffset).getUint32(252, true)).toBe(expected);
  });

  test('does not boot an image whose second stage was damaged, and says so', async () => {
    const image = Uint8Array.from(await imageOf(loadFixture('int8').project));
    secondStage(image)[5]! ^= 1;
    const line = startPicoEmulator(image);
    expect(await line.closed).toContain('checksum is wrong');
  });

  test('counts cycles at marks that the firmware sets, the same in every run', async () => {
    const { project, inputs } = loadFixture('int8');
    const marked = withChangedC(project, /observer\(context, \d+,/g, `${MARK}\n$&`);
    const runs: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const line = startPicoEmulator(await imageOf(marked));
      const engine = await connectBoard(marked, PICO, line, '');
      await engine.trace(inputs.subarray(0, 2 * project.inputBytes), 2);
      runs.push(line.marks());
      const counts = line.instructionMarks();
      expect(counts.every((count, index) => count > 0 && count < line.marks()[index]!)).toBe(true);
      await engine.dispose();
    }
    const [first, second] = runs as [number[], number[]];
    expect(first.length).toBeGreaterThanOrEqual(4);
    expect(first.every((cycles, index) => index === 0 || cycles > first[index - 1]!)).toBe(true);
    const steps = (cycles: readonly number[]) => cycles.slice(1).map((count, index) => count - cycles[index]!);
    // What the firmware waits for between two inferences depends on this machine; within one nothing does.
    const within = first.length / 2 - 1;
    expect(steps(first).slice(0, within)).toEqual(steps(second).slice(0, within));
  });

  test('marks a function by its address', async () => {
    const image = await imageOf(loadFixture('int8').project);
    const vectors = readLoadSegments(image)
      .find(({ address }) => address === FLASH)!
      .bytes.subarray(256, 264);
    const line = startPicoEmulator(image, { mark: words(vectors)[1]! & ~1 });
    const engine = await connectBoard(loadFixture('int8').project, PICO, line, '');
    // The reset handler, which comes after the nineteen instructions of the second stage.
    expect(line.instructionMarks()).toEqual([19]);
    expect(line.marks().length).toBe(1);
    await engine.dispose();
  });

  test('lets SysTick count the core’s cycles', async () => {
    const { project, inputs, count, traces } = loadFixture('int8');
    const register = (offset: string) => `*(volatile uint32_t *)0xE000E0${offset}u`;
    const start = `${register('14')} = 0xFFFFFFu; ${register('18')} = 0; ${register('10')} = 5u;`;
    const check = `if (${register('18')} == 0u || ${register('18')} > 0xFFFFFFu - 200u) __builtin_trap();`;
    const timed = withChangedC(
      withChangedC(project, /observer\(context, 0,/, `${start}\n$&`),
      /observer\(context, 3,/,
      `${check}\n$&`,
    );
    const engine = await connectBoard(timed, PICO, startPicoEmulator(await imageOf(timed)), '');
    expect(Buffer.compare(await engine.trace(inputs, count), traces)).toBe(0);
    await engine.dispose();
  });

  test.each([
    ['reads where there is no memory', '(void)*(volatile const uint32_t *)0x30000000u;'],
    ['writes a word where none stands', '*(volatile uint32_t *)odd = 1u;'],
    ['reads half a word where none stands', '(void)*(volatile const uint16_t *)odd;'],
  ])('says so and starts again when the core %s', async (_what, access) => {
    const { project, inputs, count } = loadFixture('int8');
    const invalid = withChangedC(
      project,
      /observer\(context, 3,/,
      `if (pixels[0] == 16) { volatile uint32_t odd = 0x20000001u; (void)odd; ${access} }\n$&`,
    );
    const engine = await connectBoard(invalid, PICO, startPicoEmulator(await imageOf(invalid)), '');
    const failure = { code: 'E-ENGINE-CRASH', message: expect.stringMatching(/cause 3 at 0x1000/) };
    await expect(engine.trace(inputs, count)).rejects.toMatchObject(failure);
    await expect(engine.selfTest()).rejects.toMatchObject({ code: 'E-BOARD-RESTARTED' });
    expect(await engine.selfTest()).toBeNull();
    await engine.dispose();
  });

  test('takes no time of the processor while nobody asks it anything', async () => {
    const { project } = loadFixture('int8');
    const engine = await connectBoard(project, PICO, startPicoEmulator(await imageOf(project)), '');
    const before = process.cpuUsage();
    await wait(400);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(200);
    await engine.dispose();
  });
});
