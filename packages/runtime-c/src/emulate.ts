import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCommand } from './run-command.js';
import type { Board } from './board/board.js';
import type { SerialLine } from './line/serial-line.js';
import { createTemporaryFolder, temporaryFolderError } from './temporary-folder.js';
import { requireTool } from './toolchain.js';

/** An emulator says little; the last lines tell why it ended. */
const LAST_CHARACTERS = 400;

/**
 * Starts a board's emulator with an image (the bytes of an ELF file): its UART is the line. The emulator ends when the line
 * is closed, and with this process however that ends. `extra` are further arguments for it.
 *
 * Errors: `E-TOOL-MISSING`, `E-TEMP-FOLDER`. No file is left behind once the line is closed.
 */
export async function startEmulator(
  board: Board,
  image: Uint8Array,
  extra: readonly string[] = [],
): Promise<SerialLine> {
  const tool = await requireTool(board.emulator.program);
  const folder = createTemporaryFolder('emulator');
  const path = join(folder.path, 'image.elf');
  try {
    await writeFile(path, image);
  } catch (error) {
    await folder.remove();
    throw temporaryFolderError(error as NodeJS.ErrnoException);
  }
  const args = ['-machine', board.emulator.machine, '-kernel', path, '-display', 'none', '-monitor', 'none', ...extra];
  let listener: (bytes: Uint8Array) => void = () => undefined;
  const emulator = startCommand(tool.path, [...args, '-serial', 'stdio'], (bytes) => listener(bytes));
  const closed = emulator.ended.then(
    (lastWords) => `${tool.name} ended (${lastWords.slice(-LAST_CHARACTERS)})`,
    (error: Error) => error.message,
  );
  return {
    write: (bytes) => emulator.write(bytes),
    onData: (wanted) => (listener = wanted),
    closed,
    close: async () => {
      emulator.end();
      await closed;
      await folder.remove();
    },
  };
}
