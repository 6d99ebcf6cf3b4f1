import { readFileSync } from 'node:fs';

/**
 * @typedef {'gcc' | 'g++' | 'clang' | 'emcc'} Compiler
 * @typedef {'arm-none-eabi-gcc' | 'riscv64-unknown-elf-gcc' | 'avr-gcc' | 'qemu-system-arm' | 'qemu-system-riscv32'} BoardTool
 * @typedef {'openocd' | 'st-flash' | 'dfu-util' | 'avrdude' | 'gdb-multiarch'} FlashTool
 * @typedef {'chromium'} BrowserTool
 * @typedef {Compiler | BoardTool | FlashTool | BrowserTool} Tool
 * @typedef {{ family: 'debian' | 'fedora' | 'arch' | 'alpine' | 'macos' | 'other', name: string }} System
 */

/**
 * Which packages bring a tool, by the family of the system. Those for boards are known for Debian, whose compilers bring
 * their C libraries under the names that Kiln calls.
 *
 * @type {Record<'debian' | 'fedora' | 'arch' | 'alpine' | 'macos', Partial<Record<Tool, string[]>>>}
 */
const PACKAGES = {
  debian: {
    gcc: ['gcc', 'libc6-dev'],
    'g++': ['g++'],
    clang: ['clang'],
    emcc: ['emscripten'],
    'arm-none-eabi-gcc': ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
    'riscv64-unknown-elf-gcc': ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
    'avr-gcc': ['gcc-avr', 'avr-libc'],
    'qemu-system-arm': ['qemu-system-arm'],
    'qemu-system-riscv32': ['qemu-system-misc'],
    openocd: ['openocd'],
    'st-flash': ['stlink-tools'],
    'dfu-util': ['dfu-util'],
    avrdude: ['avrdude'],
    'gdb-multiarch': ['gdb-multiarch'],
    chromium: ['chromium'],
  },
  fedora: { gcc: ['gcc'], 'g++': ['gcc-c++'], clang: ['clang'], emcc: ['emscripten'] },
  arch: { gcc: ['gcc'], 'g++': ['gcc'], clang: ['clang'], emcc: ['emscripten'] },
  alpine: { gcc: ['gcc', 'musl-dev'], 'g++': ['g++'], clang: ['clang'], emcc: ['emscripten'] },
  macos: { gcc: ['gcc'], 'g++': ['gcc'], clang: ['llvm'], emcc: ['emscripten'] },
};

const INSTALL = {
  debian: 'sudo apt-get install -y --no-install-recommends',
  fedora: 'sudo dnf install -y',
  arch: 'sudo pacman -S --needed',
  alpine: 'sudo apk add',
  macos: 'brew install',
};

/**
 * Which system this is, from `os-release` (its `ID` and `ID_LIKE`) or the platform.
 *
 * @param {NodeJS.Platform} platform
 * @param {string} [osRelease] the text of /etc/os-release
 * @returns {System}
 */
export function systemOf(platform, osRelease = readOsRelease()) {
  if (platform === 'darwin') return { family: 'macos', name: 'macOS' };
  /** @param {string} key */
  const value = (key) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = `${value('ID')} ${value('ID_LIKE')}`.split(' ');
  const name = value('PRETTY_NAME') || platform;
  if (ids.includes('debian') || ids.includes('ubuntu')) return { family: 'debian', name };
  if (ids.includes('fedora') || ids.includes('rhel')) return { family: 'fedora', name };
  if (ids.includes('arch')) return { family: 'arch', name };
  if (ids.includes('alpine')) return { family: 'alpine', name };
  return { family: 'other', name };
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/**
 * The system's packages that bring these tools, each once.
 *
 * @param {System} system
 * @param {readonly Tool[]} tools
 * @returns {string[]}
 */
export function packagesFor(system, tools) {
  const { family } = system;
  return family === 'other' ? [] : [...new Set(tools.flatMap((tool) => PACKAGES[family][tool] ?? []))];
}

/**
 * The line that a person types to install these tools.
 *
 * @param {System} system
 * @param {readonly Tool[]} tools
 * @param {boolean} keepNode whether the system's own Node.js would overwrite the one in use
 * @returns {string}
 */
export function installLine(system, tools, keepNode) {
  const { family } = system;
  const isKnown = family !== 'other' && tools.every((tool) => PACKAGES[family][tool] !== undefined);
  if (!isKnown) return `install these with your system's package manager: ${tools.join(', ')}`;
  const line = `${INSTALL[family]} ${packagesFor(system, tools).join(' ')}`;
  return keepNode ? `sudo ${DIVERT_NODE.join(' ')} && ${line}` : line;
}

/**
 * Debian's emscripten depends on Debian's nodejs, whose `/usr/bin/node` (version 18) would overwrite a Node.js that was
 * put there by hand. This tells dpkg to put its own beside it, as `/usr/bin/node.debian`.
 */
export const DIVERT_NODE = 'dpkg-divert --local --no-rename --divert /usr/bin/node.debian --add /usr/bin/node'.split(
  ' ',
);
