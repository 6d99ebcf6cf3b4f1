import { access, constants, readFile, stat } from 'node:fs/promises';
import { basename, delimiter, resolve } from 'node:path';
import { MissingToolError } from '@kiln/ir';
import { runCommand } from './run-command.js';

/** What boards need: `node scripts/setup.mjs --for boards` installs these. */
export const BOARD_TOOL_NAMES = [
  'arm-none-eabi-gcc',
  'riscv64-unknown-elf-gcc',
  'avr-gcc',
  'qemu-system-arm',
  'qemu-system-riscv32',
] as const;
/** What writes real boards: `node scripts/setup.mjs --for flash` installs these, but for pyocd, which is Python's. */
export const FLASH_TOOL_NAMES = ['openocd', 'st-flash', 'dfu-util', 'avrdude', 'gdb-multiarch', 'pyocd'] as const;
export const TOOL_NAMES = [
  ...['gcc', 'clang', 'cc', 'g++', 'clang++', 'emcc'],
  ...BOARD_TOOL_NAMES,
  ...FLASH_TOOL_NAMES,
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** A compiler on this machine. */
export interface Tool {
  /** How it is called: one of `TOOL_NAMES`, or the path or name that was asked for. */
  readonly name: string;
  readonly path: string;
  /** What `CC='ccache gcc'` puts before every other argument. */
  readonly firstArguments: readonly string[];
  /** The first line that `--version` prints. */
  readonly version: string;
}

/** Environment variables that name another program for a tool. */
const OVERRIDES: Readonly<Record<string, string>> = { cc: 'CC', emcc: 'EMCC' };

/** Debian installs clang under the name of its version too, and emscripten brings only that. */
const NUMBERED_CLANGS = Array.from({ length: 16 }, (_, index) => 29 - index);
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  clang: NUMBERED_CLANGS.map((version) => `clang-${version}`),
  'clang++': NUMBERED_CLANGS.map((version) => `clang++-${version}`),
};
const OTHER_FOLDERS = NUMBERED_CLANGS.map((version) => `/usr/lib/llvm-${version}/bin`);

const found = new Map<string, Promise<Tool | null>>();

/**
 * Looks for a tool: the environment's override (CC, EMCC), then PATH; `name` may also be a path. Null if there is none.
 *
 * The answer is kept for the life of the process.
 */
export function findTool(name: ToolName | (string & {}), env: NodeJS.ProcessEnv = process.env): Promise<Tool | null> {
  const key = [name, env['PATH'], env[OVERRIDES[name] ?? '']].join('\0');
  const known = found.get(key);
  if (known !== undefined) return known;
  const search = searchTool(name, env);
  found.set(key, search);
  return search;
}

/** Like `findTool`. Errors: `E-TOOL-MISSING`, whose remedy is the line that installs the tool. */
export async function requireTool(name: ToolName | (string & {}), env: NodeJS.ProcessEnv = process.env): Promise<Tool> {
  const tool = await findTool(name, env);
  if (tool !== null) return tool;
  const override = OVERRIDES[name];
  const named = override === undefined ? undefined : env[override];
  const place = named === undefined ? 'expected it in PATH, found none' : `${override}=${named} names no program`;
  throw new MissingToolError('E-TOOL-MISSING', name, place, await installLine(name));
}

/** Every tool of `TOOL_NAMES`, null where this machine has none. */
export async function findToolchain(env: NodeJS.ProcessEnv = process.env): Promise<Record<ToolName, Tool | null>> {
  const tools = await Promise.all(TOOL_NAMES.map((name) => findTool(name, env)));
  return Object.fromEntries(TOOL_NAMES.map((name, index) => [name, tools[index]!])) as Record<ToolName, Tool | null>;
}

/** The host's C compiler: CC if it is set, else gcc, clang or cc. Errors: `E-TOOL-MISSING`. */
export async function requireHostCompiler(env: NodeJS.ProcessEnv = process.env): Promise<Tool> {
  if (env['CC'] !== undefined && env['CC'] !== '') return requireTool('cc', env);
  for (const name of ['gcc', 'clang', 'cc'] as const) {
    const tool = await findTool(name, env);
    if (tool !== null) return tool;
  }
  return requireTool('gcc', env);
}

async function searchTool(name: string, env: NodeJS.ProcessEnv): Promise<Tool | null> {
  const override = env[OVERRIDES[name] ?? ''];
  const asked = override === undefined || override === '' ? name : override;
  const whole = await findProgram(asked, env);
  if (whole !== null) return describeTool(name, whole, []);
  const [program = '', ...firstArguments] = asked.split(/\s+/).filter((word) => word !== '');
  const path = await findProgram(program, env);
  return path === null ? null : describeTool(name, path, firstArguments);
}

async function findProgram(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (name === '') return null;
  if (name.includes('/')) return (await isProgram(resolve(name))) ? resolve(name) : null;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const candidate of [name, ...(OTHER_NAMES[name] ?? [])]) {
    for (const folder of folders) {
      const path = resolve(folder, candidate);
      if (await isProgram(path)) return path;
    }
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Programs that do not know `--version`: what they say their version at, though they then fail. */
const NO_VERSION: Readonly<Record<string, string>> = { avrdude: '-v', bossac: '--help' };

async function describeTool(name: string, path: string, firstArguments: readonly string[]): Promise<Tool | null> {
  const asked = NO_VERSION[basename(path)] ?? '--version';
  const result = await runCommand(path, [...firstArguments, asked], { timeLimitMs: 30_000 }).catch(() => null);
  if (result === null || (result.exitCode !== 0 && asked === '--version')) return null;
  const lines = `${Buffer.from(result.stdout).toString('utf8')}\n${result.stderr}`.split('\n');
  const version = lines.map((line) => line.trim()).find((line) => line !== '') ?? '';
  return { name, path, firstArguments, version };
}

/**
 * A clang that can write Arm code: it needs no more than what Debian's emscripten brings. Null if there is none.
 */
export async function findCrossClang(env: NodeJS.ProcessEnv = process.env): Promise<Tool | null> {
  const PATH = [env['PATH'] ?? '', ...OTHER_FOLDERS, '/usr/local/opt/llvm/bin', '/opt/homebrew/opt/llvm/bin'];
  const tool = await findTool('clang', { ...env, PATH: PATH.join(delimiter) });
  // Apple's clang has no Arm bare-metal target.
  return tool === null || tool.version.startsWith('Apple') ? null : tool;
}

const DEBIAN_PACKAGES: Readonly<Record<ToolName, string>> = {
  gcc: 'gcc libc6-dev',
  cc: 'gcc libc6-dev',
  clang: 'clang libc6-dev',
  'g++': 'g++',
  'clang++': 'clang g++',
  emcc: 'emscripten',
  'arm-none-eabi-gcc': 'gcc-arm-none-eabi libnewlib-arm-none-eabi',
  'riscv64-unknown-elf-gcc': 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf',
  'avr-gcc': 'gcc-avr avr-libc',
  'qemu-system-arm': 'qemu-system-arm',
  'qemu-system-riscv32': 'qemu-system-misc',
  openocd: 'openocd',
  'st-flash': 'stlink-tools',
  'dfu-util': 'dfu-util',
  avrdude: 'avrdude',
  'gdb-multiarch': 'gdb-multiarch',
  pyocd: 'pipx',
};
const BREW_PACKAGES: Readonly<Record<ToolName, string>> = {
  gcc: 'gcc',
  cc: 'gcc',
  clang: 'llvm',
  'g++': 'gcc',
  'clang++': 'llvm',
  emcc: 'emscripten',
  'arm-none-eabi-gcc': 'arm-none-eabi-gcc',
  'riscv64-unknown-elf-gcc': 'riscv-software-src/riscv/riscv-gnu-toolchain',
  'avr-gcc': 'osx-cross/avr/avr-gcc',
  'qemu-system-arm': 'qemu',
  'qemu-system-riscv32': 'qemu',
  openocd: 'openocd',
  'st-flash': 'stlink',
  'dfu-util': 'dfu-util',
  avrdude: 'avrdude',
  'gdb-multiarch': 'gdb',
  pyocd: 'pipx',
};
const BOARDS_LINE = 'node scripts/setup.mjs --for boards';
const FLASH_LINE = 'node scripts/setup.mjs --for flash';
/** What comes after the system's package, or instead of it. */
const BY_PIPX: Readonly<Record<string, string>> = { pyocd: ' && pipx install pyocd' };
const ELSEWHERE: Readonly<Record<string, string>> = {
  bossac: 'Install the one that knows the nRF52840, which comes with: arduino-cli core install arduino:mbed_nano',
};

/** The line that installs a tool on this system, or on `platform` as Node names it. */
export async function installLine(name: string, platform: NodeJS.Platform = process.platform): Promise<string> {
  const elsewhere = ELSEWHERE[name];
  if (elsewhere !== undefined) return elsewhere;
  const tool = TOOL_NAMES.find((known) => known === name);
  if (tool === undefined) return `Check the path of '${name}', or name another compiler`;
  const all = wholeGroup(tool);
  const more = BY_PIPX[tool] ?? '';
  if (platform === 'darwin') return `Install it: brew install ${BREW_PACKAGES[tool]}${more}${all}`;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const apt = `sudo apt-get install -y --no-install-recommends ${DEBIAN_PACKAGES[tool]}${more}`;
  if (/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) return `Install it: ${apt}${all}`;
  return `Install it with your system's package manager (on Debian and Ubuntu: ${apt})${all}`;
}

/** The line that installs a tool with those that serve the same end. */
function wholeGroup(tool: ToolName): string {
  if ((BOARD_TOOL_NAMES as readonly string[]).includes(tool)) return `. All that boards need: ${BOARDS_LINE}`;
  const byApt = (FLASH_TOOL_NAMES as readonly string[]).includes(tool) && BY_PIPX[tool] === undefined;
  return byApt ? `. All that flashing needs: ${FLASH_LINE}` : '';
}
