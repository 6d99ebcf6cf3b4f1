import { Worker } from 'node:worker_threads';
import type { MemoryBlock } from './elf-image.js';
import type { SerialLine } from './line/serial-line.js';

/** What the core had done when it came to a mark. */
interface Mark {
  readonly cycles: number;
  readonly instructions: number;
}

/** An emulator in a thread of its own: its UART is the line. */
export interface ThreadEmulator extends SerialLine {
  /** The core's count of cycles at each mark so far, in order. */
  marks(): number[];
  /** Its count of instructions at the same marks. */
  instructionMarks(): number[];
}

/** What an emulator of `emulators/` is given beside the image's pieces. */
export interface ThreadOptions {
  /** The address of an instruction, a function's first, that is a mark. */
  readonly mark?: number | undefined;
  readonly [name: string]: number | undefined;
}

/**
 * Runs pieces of an image in an emulator of `emulators/`, plain JavaScript, which a thread can load from the
 * sources as well as from the build. The thread ends when the line is closed, and with this process however that ends.
 */
export function startThread(
  file: string,
  program: string,
  pieces: readonly MemoryBlock[],
  options: ThreadOptions,
): ThreadEmulator {
  const segments = pieces.map(({ address, bytes }) => ({ address, bytes: bytes.slice() }));
  const worker = new Worker(new URL(`../emulators/${file}`, import.meta.url), { workerData: { segments, ...options } });
  const marks: Mark[] = [];
  let listener: (bytes: Uint8Array) => void = () => undefined;
  worker.on('message', (message: { readonly output: Uint8Array; readonly marks: readonly Mark[] }) => {
    marks.push(...message.marks);
    listener(message.output);
  });
  let reason = 'ended';
  worker.on('error', (error) => (reason = error.message));
  const closed = new Promise<string>((resolve) => worker.once('exit', () => resolve(`${program}: ${reason}`)));
  return {
    write: (bytes) => worker.postMessage(bytes),
    onData: (wanted) => (listener = wanted),
    closed,
    close: async () => {
      await worker.terminate();
      await closed;
    },
    marks: () => marks.map(({ cycles }) => cycles),
    instructionMarks: () => marks.map(({ instructions }) => instructions),
  };
}
