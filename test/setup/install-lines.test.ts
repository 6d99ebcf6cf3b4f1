import { expect, test } from 'vitest';
import { BOARD_TOOLS, FLASH_TOOLS } from '../../scripts/setup/probe-tools.mjs';
import { installLine, systemOf, type Tool } from '../../scripts/setup/install-lines.mjs';

const UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\n';
const TOOLS: readonly Tool[] = ['gcc', 'g++', 'clang', 'emcc'];

test.each([
  [UBUNTU, 'sudo apt-get install -y --no-install-recommends gcc libc6-dev g++ clang emscripten'],
  ['ID=fedora\n', 'sudo dnf install -y gcc gcc-c++ clang emscripten'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install -y gcc gcc-c++ clang emscripten'],
  ['ID=arch\n', 'sudo pacman -S --needed gcc clang emscripten'],
  ['ID=alpine\n', 'sudo apk add gcc musl-dev g++ clang emscripten'],
  ['ID=plan9\n', "install these with your system's package manager: gcc, g++, clang, emcc"],
])('the line for %j', (osRelease, line) => {
  expect(installLine(systemOf('linux', osRelease), TOOLS, false)).toBe(line);
});

test('on macOS it is Homebrew', () => {
  expect(installLine(systemOf('darwin'), ['emcc'], false)).toBe('brew install emscripten');
});

test('a Node.js put into /usr/bin by hand is kept from being overwritten by the one of Debian', () => {
  expect(installLine(systemOf('linux', UBUNTU), ['emcc'], true)).toBe(
    'sudo dpkg-divert --local --no-rename --divert /usr/bin/node.debian --add /usr/bin/node && ' +
      'sudo apt-get install -y --no-install-recommends emscripten',
  );
});

test('on Debian and Ubuntu one line brings all that boards need', () => {
  expect(installLine(systemOf('linux', UBUNTU), BOARD_TOOLS, false)).toBe(
    'sudo apt-get install -y --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi ' +
      'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf gcc-avr avr-libc qemu-system-arm qemu-system-misc',
  );
});

test('on Debian and Ubuntu one line brings all that flashing needs', () => {
  expect(installLine(systemOf('linux', UBUNTU), FLASH_TOOLS, false)).toBe(
    'sudo apt-get install -y --no-install-recommends openocd stlink-tools dfu-util avrdude gdb-multiarch',
  );
});

test('elsewhere the tools of boards are named', () => {
  expect(installLine(systemOf('linux', 'ID=fedora\n'), BOARD_TOOLS, false)).toMatch(
    /package manager: arm-none-eabi-gcc, /,
  );
});
