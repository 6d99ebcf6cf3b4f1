import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard } from '../src/board/board.js';
import type { Board } from '../src/board/board.js';
import type { FlashMethod } from '../src/flash/flash-plan.js';

/** Whether this machine has a program. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}

/** A board as its file would be with these ways to flash it, and these USB numbers (`vendor:product`). */
export function boardWith(name: string, methods: readonly FlashMethod[], usb: readonly string[] = []): Board {
  const { usb: _usb, ...board } = findBoard(name);
  const source = 'given by a test';
  const devices = usb.map((numbers) => ({ vendor: numbers.slice(0, 4), product: numbers.slice(5) }));
  return {
    ...board,
    flashing: { methods: [...methods], source },
    ...(devices.length === 0 ? {} : { usb: { devices, source } }),
  };
}
