import { existsSync, realpathSync } from 'node:fs';
import { installSystemPackages, maySystemInstall } from './apt.mjs';
import { installLine, packagesFor, systemOf } from './install-lines.mjs';
import { BOARD_TOOLS, BROWSERS, COMPILERS, FLASH_TOOLS, findTool, identityOf, tryTool } from './probe-tools.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./main.mjs').Context} Context
 * @typedef {import('./install-lines.mjs').Tool} Tool
 */

/** @type {Record<Tool, string>} */
const REASONS = {
  gcc: 'gcc (compiles the generated C for this machine)',
  'g++': 'g++ (compiles it as C++, and builds TensorFlow for Node.js)',
  clang: 'clang (a second compiler to prove the C with)',
  emcc: 'emscripten (compiles it for WebAssembly)',
  'arm-none-eabi-gcc': 'arm-none-eabi-gcc (compiles it for boards with an Arm Cortex-M)',
  'riscv64-unknown-elf-gcc': 'riscv64-unknown-elf-gcc (compiles it for boards with a RISC-V core)',
  'avr-gcc': 'avr-gcc (compiles it for boards with an AVR)',
  'qemu-system-arm': 'qemu-system-arm (runs boards with an Arm Cortex-M)',
  'qemu-system-riscv32': 'qemu-system-riscv32 (runs boards with a RISC-V core)',
  openocd: 'openocd (flashes boards through a debugger)',
  'st-flash': 'st-flash (flashes boards with an ST-LINK)',
  'dfu-util': 'dfu-util (flashes boards through the boot loader of STM32)',
  avrdude: 'avrdude (flashes boards with an AVR)',
  'gdb-multiarch': 'gdb-multiarch (flashes boards through a gdb server)',
  chromium: 'chromium (opens the page of kiln demo in its tests)',
};

/** C compilers and emscripten. */
export const compilers = stepOf('compilers', COMPILERS, '270 MB to download, 1.5 GB on disk');

/** Cross compilers and emulators for boards: only with `--for boards`. */
export const boardTools = stepOf('board tools', BOARD_TOOLS, '330 MB to download, 2.4 GB on disk');

/** A browser for the tests of the page: only with `--for browser`. */
export const browser = stepOf('browser', BROWSERS, '110 MB to download, 400 MB on disk');

/** What writes real boards: with `--for flash`, and with `--for boards`, which goes on without. */
export const flashTools = {
  ...stepOf('flash tools', FLASH_TOOLS, '13 MB to download, 45 MB on disk'),
  needed: false,
};

/**
 * The step that installs some tools of the system.
 *
 * @param {string} name
 * @param {readonly Tool[]} wanted
 * @param {string} size of all of them
 * @returns {import('./main.mjs').Step}
 */
function stepOf(name, wanted, size) {
  return {
    name,
    needed: true,

    async check(context) {
      const { missing, there } = await survey(context, wanted);
      const found = there.join(', ');
      if (missing.length === 0) return { done: true, found };
      return { done: false, found, missing: `missing: ${missing.map((tool) => tool.label).join(', ')}` };
    },

    async install(context) {
      const { missing } = await survey(context, wanted);
      const tools = missing.map(({ tool }) => tool);
      const system = systemOf(process.platform);
      const line = installLine(system, tools, overwritesNode(tools));
      if (system.family !== 'debian' || !(await maySystemInstall(context)))
        return { without: true, detail: typed(tools, line) };
      const circumstances = tools.join(' ');
      const failed = context.retry ? undefined : context.memory.failure('apt', circumstances);
      if (failed !== undefined) return { without: true, detail: `${failed} ${typed(tools, line)}` };
      context.reporter.say(`${name}: installing ${tools.map((tool) => REASONS[tool]).join(', ')}`);
      context.reporter.say(`  with ${system.name}'s apt-get; about ${size}, a minute if all are new`);
      try {
        await installSystemPackages(context, packagesFor(system, tools), overwritesNode(tools));
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        context.memory.noteFailure('apt', circumstances, `${error.where}: ${error.message}.`, RETRY_MINUTES);
        return { without: true, detail: `${error.where}: ${error.message}. ${typed(tools, line)}` };
      }
      const rest = (await survey(context, wanted)).missing;
      const labels = rest.map(({ label }) => label).join(', ');
      return rest.length === 0
        ? { detail: 'installed' }
        : { without: true, detail: `after the installation still missing: ${labels}` };
    },
  };
}

const RETRY_MINUTES = 10;

/**
 * @param {readonly Tool[]} tools
 * @param {string} line
 */
function typed(tools, line) {
  return `Going on without ${tools.map((tool) => REASONS[tool]).join(', ')}. To have them, type:\n  ${line}`;
}

/**
 * Whether Debian's nodejs, which comes with emscripten, would replace a `/usr/bin/node` that is not a package's.
 *
 * @param {readonly Tool[]} tools
 */
function overwritesNode(tools) {
  const isPackaged = existsSync('/var/lib/dpkg/info/nodejs.list');
  return (
    tools.includes('emcc') &&
    systemOf(process.platform).family === 'debian' &&
    existsSync('/usr/bin/node') &&
    !isPackaged
  );
}

/**
 * Looks for each tool and, the first time that this installation of it is seen, tries it.
 *
 * @param {Context} context
 * @param {readonly Tool[]} wanted
 */
async function survey({ memory, env, signal }, wanted) {
  /** @type {Record<string, string>} */
  const verified = { .../** @type {object} */ (memory.recall('tools')) };
  /** @type {{ tool: Tool, label: string }[]} */
  const missing = [];
  /** @type {string[]} */
  const there = [];
  let changed = false;
  for (const tool of wanted) {
    const path = findTool(tool, env);
    if (path === undefined) {
      missing.push({ tool, label: tool });
      continue;
    }
    const identity = identityOf(realpathSync(path));
    const fault = verified[tool] === identity ? undefined : await tryTool(tool, path, signal);
    changed ||= fault === undefined && verified[tool] !== identity;
    if (fault === undefined) {
      verified[tool] = identity;
      there.push(path);
    } else missing.push({ tool, label: `${tool} (${path} does not work: ${fault})` });
  }
  if (changed) memory.note('tools', verified);
  return { missing, there };
}
