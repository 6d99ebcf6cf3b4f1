import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TOOL_NAMES, findTool, findToolchain, installLine, requireHostCompiler, requireTool } from './toolchain.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-tools-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers `--version`, as compilers do, and repeats its arguments. */
function program(name: string, version: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${version} $*"\necho second line\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a tool is found in PATH, with the first line of its version', async () => {
  const path = program('gcc', 'gcc 99.1');
  expect(await findTool('gcc', { PATH: `/nowhere:${folder}` })).toEqual({
    name: 'gcc',
    path,
    firstArguments: [],
    version: 'gcc 99.1 --version',
  });
});

test('clang is also found under the name of its version, the newest first', async () => {
  program('clang-14', 'clang 14');
  program('clang-19', 'clang 19');
  expect((await findTool('clang', { PATH: folder }))?.version).toContain('clang 19');
});

test('CC and EMCC name other programs, with arguments or with spaces in their path', async () => {
  mkdirSync(join(folder, 'my tools'));
  const spaced = program('my tools/emcc', 'emcc 4');
  const wrapper = program('ccache', 'wrapped');
  expect((await findTool('emcc', { PATH: folder, EMCC: spaced }))?.path).toBe(spaced);
  expect(await requireHostCompiler({ PATH: folder, CC: 'ccache gcc-13' })).toMatchObject({
    path: wrapper,
    firstArguments: ['gcc-13'],
    version: 'wrapped gcc-13 --version',
  });
});

test('the host compiler is gcc, else clang, else cc', async () => {
  program('cc', 'cc 1');
  expect((await requireHostCompiler({ PATH: folder })).name).toBe('cc');
  program('clang', 'clang 1');
  // Another spelling of the same PATH, since answers are kept.
  expect((await requireHostCompiler({ PATH: `${folder}/` })).name).toBe('clang');
});

test('a file that may not be executed, a folder and a program that fails are no tools', async () => {
  writeFileSync(join(folder, 'gcc'), '#!/bin/sh\necho gcc\n');
  mkdirSync(join(folder, 'emcc'));
  writeFileSync(join(folder, 'clang'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(folder, 'clang'), 0o755);
  for (const name of ['gcc', 'emcc', 'clang']) expect(await findTool(name, { PATH: folder })).toBeNull();
});

test('a missing tool is an error with the line that installs it and exit code 3', async () => {
  const failure = { code: 'E-TOOL-MISSING', exitCode: 3, where: 'emcc', remedy: await installLine('emcc') };
  await expect(requireTool('emcc', { PATH: folder })).rejects.toMatchObject(failure);
  await expect(requireHostCompiler({ PATH: folder })).rejects.toMatchObject({ where: 'gcc', exitCode: 3 });
  await expect(requireTool('cc', { PATH: folder, CC: 'tcc' })).rejects.toThrow('CC=tcc names no program');
});

test('the line that installs a tool is that of the system', async () => {
  const forBoards = '. All that boards need: node scripts/setup.mjs --for boards';
  expect(await installLine('arm-none-eabi-gcc', 'darwin')).toBe(
    `Install it: brew install arm-none-eabi-gcc${forBoards}`,
  );
  expect(await installLine('emcc', 'linux')).toContain('apt-get install -y --no-install-recommends emscripten');
});

test('the toolchain lists every tool, null where there is none', async () => {
  program('gcc', 'gcc 1');
  const toolchain = await findToolchain({ PATH: folder });
  expect(toolchain.gcc?.name).toBe('gcc');
  expect(Object.entries(toolchain).filter(([, tool]) => tool === null)).toHaveLength(TOOL_NAMES.length - 1);
});
