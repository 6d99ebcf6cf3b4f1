import type { Board } from '../board/board.js';
import type { ImageKind } from './image-files.js';

/** One way to write an image into a board's flash, as its file says. */
export type FlashMethod = NonNullable<Board['flashing']>['methods'][number];
export type FlashToolName = FlashMethod['tool'];

/** What stands in a command where the board, or a port, is not known yet. */
export interface FlashPlaces {
  /** The file of the image. */
  readonly image: string;
  /** Where in memory the image begins. */
  readonly start: number;
  readonly port: string;
  /** HOST:PORT of a gdb server. */
  readonly gdb: string;
}

/** A program that writes the flash. */
export interface CommandPlan {
  readonly kind: 'command';
  readonly tool: FlashToolName;
  /** Its names, the best first. */
  readonly programs: readonly string[];
  readonly image: ImageKind;
  /** The serial port that it needs: that of the firmware too, or one that only the boot loader shows on the USB. */
  readonly port: 'none' | 'firmware' | 'boot loader';
  arguments(places: FlashPlaces): string[];
  /** Whether what it printed is a failure although its exit code is 0. */
  isFailure(output: string): boolean;
}

/** A drive that the board shows: the image is copied onto it. */
export interface CopyPlan {
  readonly kind: 'copy';
  readonly tool: FlashToolName;
  readonly image: ImageKind;
  readonly volume: string;
}

/** A board whose firmware another build system has to build, and that then flashes it too. */
export interface ProjectPlan {
  readonly kind: 'project';
  readonly tool: FlashToolName;
  readonly program: string;
  arguments(places: FlashPlaces): string[];
}

export type FlashPlan = CommandPlan | CopyPlan | ProjectPlan;

type MethodOf<T extends FlashToolName> = Extract<FlashMethod, { tool: T }>;

/** What a method comes to: which program, which image, which arguments. */
export function planOf(method: FlashMethod): FlashPlan {
  const makers = PLANS as { readonly [T in FlashToolName]: (one: FlashMethod) => FlashPlan };
  return makers[method.tool](method);
}

/** What most programs need no word about. */
const COMMAND = { kind: 'command', port: 'none', isFailure: () => false } as const;

const PLANS: { readonly [T in FlashToolName]: (method: MethodOf<T>) => FlashPlan } = {
  openocd: ({ tool, config }) => ({
    ...{ ...COMMAND, tool, programs: ['openocd'], image: 'hex' },
    // Tcl takes what stands in braces as it is.
    arguments: ({ image }) => [
      ...config.flatMap((file) => ['-f', file]),
      ...['-c', `program {${image}} verify reset exit`],
    ],
  }),
  'st-flash': ({ tool }) => ({
    ...{ ...COMMAND, tool, programs: ['st-flash'], image: 'bin' },
    arguments: ({ image, start }) => ['--reset', 'write', image, hexadecimal(start)],
  }),
  pyocd: ({ tool, target }) => ({
    ...{ ...COMMAND, tool, programs: ['pyocd'], image: 'hex' },
    arguments: ({ image }) => ['flash', '--no-wait', '-t', target, image],
  }),
  avrdude: ({ tool, part, programmer, baud }) => ({
    ...{ ...COMMAND, tool, programs: ['avrdude'], image: 'hex', port: 'firmware' },
    arguments: ({ image, port }) => [
      ...['-p', part, '-c', programmer, '-P', port.replace(/^tcp:/, 'net:'), '-b', String(baud)],
      ...['-D', '-U', `flash:w:${image}:i`],
    ],
  }),
  'dfu-util': ({ tool, vendor, product, alternate }) => ({
    ...{ ...COMMAND, tool, programs: ['dfu-util'], image: 'bin' },
    arguments: ({ image, start }) => [
      ...['-a', String(alternate), '-d', `${vendor}:${product}`],
      ...['-s', `${hexadecimal(start)}:leave`, '-D', image],
    ],
  }),
  esptool: ({ tool }) => ({
    ...{ kind: 'project', tool, program: 'idf.py' },
    arguments: ({ port }) => ['-p', port, 'flash'],
  }),
  bossac: ({ tool }) => ({
    ...{ ...COMMAND, tool, programs: ['bossac'], image: 'bin', port: 'boot loader' },
    arguments: ({ image, port }) => [`--port=${port.replace(/^\/dev\//, '')}`, '-U', '-i', '-e', '-w', image, '-R'],
  }),
  uf2: ({ tool, volume }) => ({ kind: 'copy', tool, image: 'uf2', volume }),
  'hex-drive': ({ tool, volume }) => ({ kind: 'copy', tool, image: 'hex', volume }),
  gdb: ({ tool }) => ({
    ...{ ...COMMAND, tool, programs: ['gdb-multiarch', 'arm-none-eabi-gdb', 'gdb'], image: 'elf' },
    // Servers differ in how they are told to start the board again: OpenOCD and pyOCD know the first, QEMU the second.
    arguments: ({ image, gdb }) => [
      ...['-nx', '-batch', '-ex', 'set tcp connect-timeout 5', '-ex', `target extended-remote ${gdb}`],
      ...['-ex', 'load', '-ex', 'compare-sections', '-ex', 'monitor reset halt', '-ex', 'monitor system_reset'],
      ...['-ex', 'detach', image],
    ],
    isFailure: (output) => /MIS-MATCHED|Load failed|Error writing/i.test(output) || !/: matched/.test(output),
  }),
};

/** An address as datasheets write it. */
function hexadecimal(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** A command as a shell takes it. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
