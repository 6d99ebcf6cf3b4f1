import { Worker } from 'node:worker_threads';
import { readLoadSegments } from './elf-segments.js';
import type { SerialLine } from './line/serial-line.js';

/** Plain JavaScript, which a thread can load from the sources as well as from the build. */
const EMULATOR = new URL('../emulators/rp2040.mjs', import.meta.url);

/** What the core had done when it came to a mark. */
interface PicoMark {
  readonly cycles: number;
  readonly instructions: number;
}

/** An emulated RP2040: its UART0 is the line. */
export interface PicoEmulator extends SerialLine {
  /** The core's count of cycles at each mark so far, in order. */
  marks(): number[];
  /** Its count of instructions at the same marks. */
  instructionMarks(): number[];
}

export interface PicoOptions {
  /** The address of an instruction, a function's first, that is a mark; so is every write to the watchdog's SCRATCH0. */
  readonly mark?: number;
}

/**
 * Runs an image (the bytes of an ELF file, its boot block complete) on an RP2040 in a thread of its own: the boot ROM's work,
 * the image's second stage, the image. The thread ends when the line is closed, and with this process however that ends.
 */
export function startPicoEmulator(image: Uint8Array, { mark }: PicoOptions = {}): PicoEmulator {
  const segments = readLoadSegments(image).map(({ address, bytes }) => ({ address, bytes: bytes.slice() }));
  const worker = new Worker(EMULATOR, { workerData: { segments, mark } });
  const marks: PicoMark[] = [];
  let listener: (bytes: Uint8Array) => void = () => undefined;
  worker.on('message', (message: { readonly output: Uint8Array; readonly marks: readonly PicoMark[] }) => {
    marks.push(...message.marks);
    listener(message.output);
  });
  let reason = 'ended';
  worker.on('error', (error) => (reason = error.message));
  const closed = new Promise<string>((resolve) => worker.once('exit', () => resolve(`rp2040js: ${reason}`)));
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
