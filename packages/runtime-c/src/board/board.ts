import { readdirSync, readFileSync } from 'node:fs';
import { InvariantError, ISA_NAMES, UsageError } from '@kiln/ir';
import { z } from 'zod';
import { FAMILY_NAMES } from './board-family.js';
import { BOOT_BLOCKS } from './boot-block.js';

/** An address as datasheets write it. */
const Address = z.string().regex(/^0x[0-9A-Fa-f]{8}$/);
/** Which document, or which file of the emulator, a figure comes from. */
const Source = z.string().min(10);
const Region = z.strictObject({ start: Address, bytes: z.int().positive(), source: Source });
/** A number of 16 bits as lists of USB devices write it. */
const UsbNumber = z.string().regex(/^[0-9a-f]{4}$/);

/** One way to write an image into a board's flash. */
const FlashMethod = z.discriminatedUnion('tool', [
  /** Configuration files of OpenOCD, interface and target or a whole board. */
  z.strictObject({ tool: z.literal('openocd'), config: z.array(z.string().endsWith('.cfg')).min(1) }),
  z.strictObject({ tool: z.literal('st-flash') }),
  z.strictObject({ tool: z.literal('pyocd'), target: z.string().min(1) }),
  z.strictObject({
    tool: z.literal('avrdude'),
    part: z.string().min(1),
    programmer: z.string().min(1),
    baud: z.int().positive(),
  }),
  z.strictObject({
    tool: z.literal('dfu-util'),
    vendor: UsbNumber,
    product: UsbNumber,
    alternate: z.int().nonnegative(),
  }),
  z.strictObject({ tool: z.literal('esptool'), chip: z.string().min(1) }),
  /** A drive that takes UF2 files of this family. */
  z.strictObject({ tool: z.literal('uf2'), family: Address, volume: z.string().min(1) }),
  /** A drive that takes Intel HEX files. */
  z.strictObject({ tool: z.literal('hex-drive'), volume: z.string().min(1) }),
  /** Through a gdb server, an emulator's among them. */
  z.strictObject({ tool: z.literal('gdb') }),
  /** The boot loader of SAM-BA, as Arduino boards with other chips have it too. */
  z.strictObject({ tool: z.literal('bossac') }),
]);

/** What runs the board's own firmware, UART and all. */
const Emulator = z.discriminatedUnion('program', [
  z.strictObject({
    program: z.enum(['qemu-system-arm', 'qemu-system-riscv32']),
    /** What `-machine` is given. */
    machine: z.string().min(1),
    source: Source,
  }),
  /** The RP2040 in JavaScript: a package of npm, no program of the system. */
  z.strictObject({ program: z.literal('rp2040js'), source: Source }),
  /** AVR cores in JavaScript, likewise. */
  z.strictObject({
    program: z.literal('avr8js'),
    /** All of the flash, the boot loader's part too. */
    flashBytes: z.int().positive(),
    /** The number of the vector of timer 1's overflow. */
    timer1Overflow: z.int().positive(),
    source: Source,
  }),
]);

/** Another board whose emulator runs the same instructions: code for this board's core, memory and UART of the other. */
const NearestCore = z.strictObject({ nearest: z.string().min(1), source: Source });

/** No emulator at all: why, and what can be done instead. */
const NoEmulator = z.strictObject({ none: z.string().min(10), instead: z.string().min(10) });

const BoardFile = z.strictObject({
  /** Board and chip, for people. */
  title: z.string().min(1),
  /** Which start-up code and compiler it takes. */
  family: z.enum(FAMILY_NAMES),
  core: z.strictObject({
    name: z.string().min(1),
    /** Instruction set, and what of floating point the core has. */
    isa: z.string().min(1),
    /** The compiler's flags for this core. */
    flags: z.array(z.string().startsWith('-')).min(1),
    /** The instruction set whose kernels run on it. */
    kernels: z.enum(ISA_NAMES).default('portable'),
    source: Source,
  }),
  /** The fastest that the core may run. */
  clock: z.strictObject({ hz: z.int().positive(), source: Source }),
  /** Where an image may stand, without a boot loader's part. */
  flash: Region,
  /** The one region that holds variables and the stack. */
  ram: Region,
  /** The block that the chip's boot ROM wants to find in an image: a file of `firmware/boot`. */
  boot: z.strictObject({ block: z.enum(BOOT_BLOCKS), source: Source }).optional(),
  /** The port to people; a board whose firmware is another's work (ESP-IDF) has none here. */
  uart: z
    .strictObject({
      /** A file of `firmware/uart`. */
      driver: z.string().regex(/^[a-z0-9]+$/),
      address: Address,
      /** The clock that the UART divides when the driver has started it. */
      clockHz: z.int().positive(),
      /** For drivers whose pins can be chosen. */
      pins: z.strictObject({ tx: z.int().nonnegative(), rx: z.int().nonnegative() }).optional(),
      source: Source,
    })
    .optional(),
  emulator: z.union([Emulator, NearestCore, NoEmulator]),
  /** How images get into the flash, the best first. */
  flashing: z.strictObject({ methods: z.array(FlashMethod).min(1), source: Source }),
  /** How the board's serial port shows itself on the USB. */
  usb: z
    .strictObject({
      devices: z.array(z.strictObject({ vendor: UsbNumber, product: UsbNumber })).min(1),
      source: Source,
    })
    .optional(),
});

/** A board that generated C can be proven on, as its file says. */
export type Board = z.infer<typeof BoardFile> & {
  /** The name of its file: what `--on` and `--board` take. */
  readonly name: string;
};

const FOLDER = new URL('../../boards/', import.meta.url);

let known: readonly Board[] | null = null;

/**
 * Every board that `boards/` has a file of, by name.
 *
 * Errors: `E-BOARD-FILE` if one is not as the schema says.
 */
export function listBoards(): readonly Board[] {
  return (known ??= readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
    .map((name) => parseBoard(name, readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'))));
}

/** Reads a board's file. Errors: `E-BOARD-FILE` with the field that is wrong. */
export function parseBoard(name: string, text: string): Board {
  const result = BoardFile.safeParse(JSON.parse(text));
  if (result.success) return { name, ...result.data };
  throw new InvariantError('E-BOARD-FILE', `boards/${name}.json`, z.prettifyError(result.error));
}

/** The board of this name. Errors: `E-BOARD`, a `UsageError`, if there is none. */
export function findBoard(name: string): Board {
  const board = listBoards().find((candidate) => candidate.name === name);
  if (board !== undefined) return board;
  const names = listBoards().map((candidate) => candidate.name);
  const message = `is no board, expected one of ${names.join(', ')}`;
  throw new UsageError('E-BOARD', name, message, 'Choose from these; `kiln boards` describes them');
}
