import { readLoadSegments } from './elf-segments.js';
import { startThread } from './emulate-thread.js';
import type { ThreadEmulator } from './emulate-thread.js';

export interface PicoOptions {
  /** The address of an instruction, a function's first, that is a mark; so is every write to the watchdog's SCRATCH0. */
  readonly mark?: number;
}

/**
 * Runs an image (the bytes of an ELF file, its boot block complete) on an RP2040: the boot ROM's work, the image's second
 * stage, the image. Its UART0 is the line.
 */
export function startPicoEmulator(image: Uint8Array, options: PicoOptions = {}): ThreadEmulator {
  return startThread('rp2040.mjs', 'rp2040js', readLoadSegments(image), { ...options });
}
