import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../test/load-fixture.js';
import { buildObject } from './build-object.js';
import { measureCodeSize } from './code-size.js';
import { readSectionSizes } from './elf-sections.js';
import { deepestStack } from './stack-use.js';
import { findCrossClang, findTool } from './toolchain.js';

const noArm = (await findTool('arm-none-eabi-gcc')) === null && (await findCrossClang()) === null;
const noArmGcc = (await findTool('arm-none-eabi-gcc')) === null;
const noElf = process.platform !== 'linux' || (await findTool('gcc')) === null;

test.skipIf(noArm).each(['cortex-m0', 'cortex-m4'] as const)(
  'constants of %s are what the generator counted',
  async (cpu) => {
    const { project } = loadFixture('int8');
    const size = await measureCodeSize(project, { cpu });
    // The softmax keeps a table of 28 bytes of its own; each table may be padded to a word.
    expect(size.constantBytes).toBeGreaterThanOrEqual(project.constantBytes);
    expect(size.constantBytes).toBeLessThan(project.constantBytes + 100);
    expect(size.textBytes).toBeGreaterThan(500);
    expect(size.textBytes).toBeLessThan(4000);
    expect([size.dataBytes, size.bssBytes]).toEqual([0, 0]);
    expect(size.target).toBe(cpu === 'cortex-m0' ? 'Cortex-M0' : 'Cortex-M4F');
    expect(size.compiler).toContain(`-mcpu=${cpu}`);
  },
);

test.skipIf((await findCrossClang()) === null).each(['int8', 'float32'] as const)(
  'clang without a C library for the target serves as well: %s',
  async (precision) => {
    const clang = (await findCrossClang())!;
    const folder = mkdtempSync(join(tmpdir(), 'kiln-only-clang-'));
    const outerPath = process.env['PATH'];
    try {
      symlinkSync(clang.path, join(folder, 'clang'));
      process.env['PATH'] = folder;
      const { compiler, textBytes } = await measureCodeSize(loadFixture(precision).project, { cpu: 'cortex-m4' });
      expect(compiler).toMatch(/^[^-]*clang.*-ffreestanding/);
      expect(textBytes).toBeGreaterThan(500);
    } finally {
      process.env['PATH'] = outerPath;
      rmSync(folder, { recursive: true });
    }
  },
);

test.skipIf(noElf)('the host measures a 64-bit object: initialised and zeroed data are told apart', async () => {
  const { project } = loadFixture('int8');
  const plain = await measureCodeSize(project, { cpu: 'host' });
  const globals = 'int32_t shown[5] = { 1 };\nint32_t zeroed[7];\nstatic int32_t clamp(';
  const withData = withChangedC(project, 'static int32_t clamp(', globals);
  const size = await measureCodeSize(withData, { cpu: 'host' });
  expect([size.dataBytes - plain.dataBytes, size.bssBytes - plain.bssBytes]).toEqual([20, 28]);
  expect(size.constantBytes).toBe(plain.constantBytes);
});

test.skipIf(noArmGcc)("functions that the compiler's library brings are listed", async () => {
  const { bytes } = await buildObject(loadFixture('float32').project, 'cortex-m0');
  expect(readSectionSizes(bytes).undefinedSymbols).toEqual(expect.arrayContaining(['__aeabi_fadd', '__aeabi_fmul']));
});

test.skipIf(noArmGcc)('the deepest stack is a chain that begins at an entry point', async () => {
  const { stack } = await measureCodeSize(loadFixture('int8').project, { cpu: 'cortex-m4' });
  expect(stack!.chain[0]).toMatch(/^tiny_(classify|run)/);
  expect(stack!.bytes).toBeGreaterThan(40);
  expect(stack!.bytes).toBeLessThan(1000);
});

test('the deepest stack adds the frames of the worst chain', () => {
  const node = (name: string, bytes: number) =>
    `node: { title: "${name}" label: "${name}\\nm.c:1:1\\n${bytes} bytes (static)\\n0 dynamic objects" }`;
  const edge = (from: string, to: string) => `edge: { sourcename: "${from}" targetname: "${to}" label: "m.c:2:2" }`;
  const external = 'node: { title: "__aeabi_lmul" label: "__aeabi_lmul\\n<built-in>" shape : ellipse }';
  const nodes = [node('m_run', 16), node('m.c:infer', 32), node('m.c:small', 8), node('m.c:large', 100), external];
  const edges = [edge('m_run', 'm.c:infer'), edge('m.c:infer', 'm.c:small'), edge('m.c:infer', 'm.c:large')];
  const graph = [...nodes, ...edges, edge('m.c:small', '__aeabi_lmul')].join('\n');
  expect(deepestStack(graph)).toEqual({ bytes: 148, chain: ['m_run', 'infer', 'large'], unknown: ['__aeabi_lmul'] });
});

test('a file that is not ELF is an error', () => {
  expect(() => readSectionSizes(new Uint8Array(100))).toThrow('expected a little-endian ELF file');
});
