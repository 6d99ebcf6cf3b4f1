import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runChild } from './run-child.mjs';

/**
 * @typedef {import('./install-lines.mjs').Tool} Tool
 * @typedef {{ instance: { exports: { add: (a: number, b: number) => number } } }} AddModule
 */

/**
 * The names under which a tool may be found, the best first.
 *
 * @type {Record<Tool, string[]>}
 */
const NAMES = {
  gcc: ['gcc', 'cc'],
  'g++': ['g++', 'c++'],
  clang: ['clang', ...Array.from({ length: 16 }, (_, index) => `clang-${29 - index}`)],
  emcc: ['emcc'],
  'arm-none-eabi-gcc': ['arm-none-eabi-gcc'],
  'riscv64-unknown-elf-gcc': ['riscv64-unknown-elf-gcc'],
  'avr-gcc': ['avr-gcc'],
  'qemu-system-arm': ['qemu-system-arm'],
  'qemu-system-riscv32': ['qemu-system-riscv32'],
  openocd: ['openocd'],
  'st-flash': ['st-flash'],
  'dfu-util': ['dfu-util'],
  avrdude: ['avrdude'],
  'gdb-multiarch': ['gdb-multiarch'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
};

/** What the main job and the tests compile with. @type {readonly import('./install-lines.mjs').Compiler[]} */
export const COMPILERS = ['gcc', 'g++', 'clang', 'emcc'];

/** What emulated boards need. @type {readonly import('./install-lines.mjs').BoardTool[]} */
export const BOARD_TOOLS = [
  'arm-none-eabi-gcc',
  'riscv64-unknown-elf-gcc',
  'avr-gcc',
  'qemu-system-arm',
  'qemu-system-riscv32',
];

/** What the page of `kiln demo` is tested in. @type {readonly import('./install-lines.mjs').BrowserTool[]} */
export const BROWSERS = ['chromium'];

/** What writes real boards. @type {readonly import('./install-lines.mjs').FlashTool[]} */
export const FLASH_TOOLS = ['openocd', 'st-flash', 'dfu-util', 'avrdude', 'gdb-multiarch'];

const COMPILE_MS = 120_000;

/**
 * The file that PATH names first under any of the tool's names.
 *
 * @param {Tool} tool
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findTool(tool, env) {
  for (const name of NAMES[tool]) {
    const path = findProgram(name, env);
    if (path !== undefined) return path;
  }
  return undefined;
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findProgram(name, env) {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder || '.', name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * What tells one installation of a tool from another: its path and the time its file was changed.
 *
 * @param {string} path
 * @returns {string}
 */
export function identityOf(path) {
  return `${path} ${statSync(path).mtimeMs}`;
}

/**
 * Whether the tool really works. A compiler must compile: a small library, for boards one that needs their C library, and
 * for emscripten a module that adds two numbers here.
 *
 * @param {Tool} tool
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} undefined if it does, else what went wrong
 */
export async function tryTool(tool, path, signal) {
  const trial = TRIALS[tool];
  if (trial === undefined) {
    const { code } = await runChild(path, ['--version'], { signal, timeoutMs: COMPILE_MS });
    return code === 0 ? undefined : `exit code ${code}`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kiln-try-'));
  try {
    const source = join(folder, tool === 'g++' ? 'add.cpp' : 'add.c');
    const output = join(folder, 'add.wasm');
    writeFileSync(source, `#include <${trial.header}>\nint add(int a, int b) { return a + b; }\n`);
    const env = { ...process.env, NODE_PATH: '/usr/share/nodejs' };
    const result = await runChild(path, [...trial.flags, source, '-o', output], { signal, env, timeoutMs: COMPILE_MS });
    if (result.code !== 0) return result.output.trim().split('\n')[0] || `exit code ${result.code}`;
    return tool === 'emcc' ? await tryModule(output) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const LIBRARY = ['-O2', '-shared', '-fPIC'];

/**
 * What a compiler is tried with.
 *
 * @type {Partial<Record<Tool, { header: string, flags: string[] }>>}
 */
const TRIALS = {
  gcc: { header: 'stdio.h', flags: LIBRARY },
  'g++': { header: 'string', flags: LIBRARY },
  clang: { header: 'stdio.h', flags: LIBRARY },
  emcc: {
    header: 'stdint.h',
    flags: ['-O3', '-msimd128', '-sSTANDALONE_WASM', '--no-entry', '-sEXPORTED_FUNCTIONS=_add,_malloc'],
  },
  'arm-none-eabi-gcc': { header: 'string.h', flags: ['--specs=nano.specs', '-mcpu=cortex-m0', '-c'] },
  'riscv64-unknown-elf-gcc': { header: 'string.h', flags: ['--specs=picolibc.specs', '-c'] },
  'avr-gcc': { header: 'avr/io.h', flags: ['-mmcu=atmega328p', '-c'] },
};

/** @param {string} path */
async function tryModule(path) {
  /** @type {{ WebAssembly: { instantiate: (bytes: Uint8Array, imports: object) => Promise<AddModule> } }} */
  const { WebAssembly } = /** @type {any} */ (globalThis);
  const { instance } = await WebAssembly.instantiate(readFileSync(path), {});
  return instance.exports.add(2, 3) === 5 ? undefined : 'its code does not add two numbers';
}
