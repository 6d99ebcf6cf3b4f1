import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCommand } from './run-command.js';
import type { EmulatedBoard } from './board/emulation.js';
import { readMemoryImage } from './elf-image.js';
import { startAvrEmulator } from './emulate-avr.js';
import { startPicoEmulator } from './emulate-pico.js';
import type { SerialLine } from './line/serial-line.js';
import { createTemporaryFolder, temporaryFolderError } from './temporary-folder.js';
import { requireTool } from './toolchain.js';
import type { ToolName } from './toolchain.js';

/** An emulator says little; the last lines tell why it ended. */
const LAST_CHARACTERS = 400;

/**
 * Starts a board's emulator with an image (the bytes of an ELF file): its UART is the line. The emulator ends when the
 * line is closed, and with this process however that ends. `extra` are further arguments for one of QEMU's.
 *
 * Errors: `E-TOOL-MISSING`, `E-TEMP-FOLDER`. No file is left behind once the line is closed.
 */
export async function startEmulator(
  board: EmulatedBoard,
  image: Uint8Array,
  extra: readonly string[] = [],
): Promise<SerialLine> {
  const { emulator } = board;
  if (emulator.program === 'rp2040js') return startPicoEmulator(image);
  if (emulator.program === 'avr8js') return startAvrEmulator(board, readMemoryImage(image));
  return startQemu(emulator.program, emulator.machine, image, extra);
}

async function startQemu(
  program: ToolName,
  machine: string,
  image: Uint8Array,
  extra: readonly string[],
): Promise<SerialLine> {
  const tool = await requireTool(program);
  const folder = createTemporaryFolder('emulator');
  const path = join(folder.path, 'image.elf');
  try {
    await writeFile(path, image);
  } catch (error) {
    await folder.remove();
    throw temporaryFolderError(error as NodeJS.ErrnoException);
  }
  // The image is all that runs; machines for RISC-V would bring a firmware of their own.
  const bios = program === 'qemu-system-riscv32' ? ['-bios', 'none'] : [];
  const args = ['-machine', machine, ...bios, '-kernel', path, '-display', 'none', '-monitor', 'none', ...extra];
  let listener: (bytes: Uint8Array) => void = () => undefined;
  const qemu = startCommand(tool.path, [...args, '-serial', 'stdio'], (bytes) => listener(bytes));
  const closed = qemu.ended.then(
    (lastWords) => `${tool.name} ended (${lastWords.slice(-LAST_CHARACTERS)})`,
    (error: Error) => error.message,
  );
  return {
    write: (bytes) => qemu.write(bytes),
    onData: (wanted) => (listener = wanted),
    closed,
    close: async () => {
      qemu.end();
      await closed;
      await folder.remove();
    },
  };
}
