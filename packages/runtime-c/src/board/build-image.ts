import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CompileError, InvariantError } from '@kiln/ir';
import type { CProject, PortType } from '@kiln/ir';
import { WARNING_FLAGS, compile, createBuildFolder, define, defines, sourceNames } from '../build-folder.js';
import type { Optimization } from '../build-native.js';
import { avrCallGraph } from '../avr-call-graph.js';
import { BAUD } from '../line/serial-line.js';
import { requireTool } from '../toolchain.js';
import type { Board } from './board.js';
import { requireFamily } from './board-family.js';
import { completeBootBlock } from './boot-block.js';
import { linkLayout } from './link-layout.js';
import type { TemporaryFolder } from '../temporary-folder.js';

/** A firmware as the linker wrote it. */
export interface BoardImage {
  /** The ELF file. */
  readonly bytes: Uint8Array;
  /** Call graph of the network with stack use, as `gcc -fcallgraph-info=su` writes it. */
  readonly callGraph: string;
  /** Version and flags of the compiler. */
  readonly description: string;
}

export interface ImageOptions {
  /**
   * `serve` proves the network over the serial line; `minimal` runs it once, to see what it takes, and `empty` is the
   * same without the network; `bench` and `bench-layers` are measured while they run, as a whole and layer by layer.
   */
  readonly firmware: 'serve' | 'minimal' | 'empty' | 'bench' | 'bench-layers';
  /** For `bench` and `bench-layers`: the inputs, as a project's input bytes stand one after another. */
  readonly input?: Uint8Array;
  /** Default -Os: memory is what boards lack. */
  readonly optimization?: Optimization;
  /** Links as if the board had memory without end, to measure what does not fit. */
  readonly unbounded?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const SHARED = ['harness/names.h', 'firmware/compiler.h', 'firmware/start/start.h', 'firmware/stack.h'];
const NETWORK = ['harness/network.h'];
const STACK = ['firmware/stack.c'];
const LINE = [
  ...['firmware/frame.h', 'firmware/frame.c', 'firmware/uart.h', 'firmware/uart/stm32-usart.h'],
  ...['firmware/uart/stm32-usart-isr.h', 'firmware/uart/rp2-uart.h'],
];
const PLAIN = ['firmware/plain-network.h'];
const BENCH = [...PLAIN, 'firmware/bench.c', 'firmware/bench.h', 'firmware/bench-mark.c', ...LINE, ...STACK];

interface Firmware {
  /** Paths within this package, beside those of `SHARED`. */
  readonly sources: readonly string[];
  /** Whether it uses the serial line, and the core's clock. */
  readonly speaks: boolean;
  readonly times: boolean;
  /** Which of the network's optional parts it calls. */
  readonly parts: readonly ('OBSERVE' | 'SELFTEST')[];
  readonly flags: readonly string[];
}

const FIRMWARES: Readonly<Record<ImageOptions['firmware'], Firmware>> = {
  serve: {
    sources: [...NETWORK, 'firmware/serve.c', ...LINE, ...STACK],
    speaks: true,
    times: true,
    parts: ['OBSERVE', 'SELFTEST'],
    flags: [],
  },
  minimal: { sources: ['firmware/minimal.c', ...PLAIN, ...STACK], speaks: false, times: false, parts: [], flags: [] },
  empty: { sources: ['firmware/empty.c', ...STACK], speaks: false, times: false, parts: [], flags: [] },
  bench: { sources: BENCH, speaks: true, times: false, parts: [], flags: ['-DKILN_BENCH_LAYERS=0'] },
  'bench-layers': { sources: BENCH, speaks: true, times: false, parts: ['OBSERVE'], flags: ['-DKILN_BENCH_LAYERS=1'] },
};

const INPUT_ALIGNMENT = 8;

/**
 * Compiles and links the network with a firmware for a board.
 *
 * Errors: `E-BOARD-FIT` if it is too large for the board's memory; `E-BOARD-FRAMEWORK`, `E-TOOL-MISSING`, those of
 * `createBuildFolder` and `compile`. No file is left behind.
 */
export async function buildBoardImage(project: CProject, board: Board, options: ImageOptions): Promise<BoardImage> {
  const family = requireFamily(board);
  const tool = await requireTool(family.compiler);
  const firmware = FIRMWARES[options.firmware];
  const flags = [options.optimization ?? '-Os', ...family.flags, ...board.core.flags, '-ffp-contract=off'];
  const layout = linkLayout(board, family, options.unbounded === true);
  const sources = [
    ...[...SHARED, ...firmware.sources, ...family.start, ...layout.sources],
    ...(board.boot === undefined ? [] : [`firmware/boot/${board.boot.block}.c`]),
    ...(firmware.speaks && board.uart !== undefined ? [`firmware/uart/${board.uart.driver}.c`] : []),
    ...(firmware.times ? ['firmware/timer.h', family.timer] : []),
  ];
  const { source } = sourceNames(project);
  const units = [source, ...sources.filter((path) => path.endsWith('.c')).map((path) => basename(path))];
  const folder = await createBuildFolder(project, 'board', sources, {
    'board-config.h': configuration(project, board, options),
    'memory.ld': layout.memory,
  });
  try {
    const args = [
      ...flags,
      ...WARNING_FLAGS,
      ...['-ffunction-sections', '-fdata-sections', family.graphFlag],
      ...firmware.parts.map((part) => define(project, part)),
      ...firmware.flags,
      ...units,
      ...[...layout.args, '-Wl,--gc-sections', '-o', 'image.elf'],
    ];
    await compile({ tool, args, folder: folder.path, source, signal: options.signal });
    const bytes = await readFile(join(folder.path, 'image.elf'));
    if (board.boot !== undefined) completeBootBlock(board.boot.block, bytes, Number(board.flash.start));
    const callGraph = await readCallGraph(folder, source);
    return { bytes, callGraph, description: [tool.version, ...flags].join(' ') };
  } catch (error) {
    throw fitError(error, board) ?? error;
  } finally {
    await folder.remove();
  }
}

async function readCallGraph(folder: TemporaryFolder, source: string): Promise<string> {
  const stem = source.slice(0, -'.c'.length);
  const files = await readdir(folder.path);
  const graph = files.find((file) => file.endsWith(`${stem}.ci`));
  if (graph !== undefined) return readFile(join(folder.path, graph), 'utf8');
  const assembly = files.find((file) => file === `${stem}.s` || file.endsWith(`-${stem}.s`));
  return assembly === undefined ? '' : avrCallGraph(await readFile(join(folder.path, assembly), 'utf8'));
}

/** The linker's complaint that a region is too small, in words; null for any other error. */
function fitError(error: unknown, board: Board): CompileError | null {
  if (!(error instanceof InvariantError) || error.code !== 'E-C-COMPILE') return null;
  const table = /size of array '(\w+)' is too large/.exec(error.message)?.[1];
  if (table !== undefined) return largeTable(board, table);
  const over = [...error.message.matchAll(/region [`']?(FLASH|text|RAM|data)'? overflowed(?: by (\d+) bytes)?/g)];
  if (over.length === 0) return null;
  const parts = over.map(([, region, bytes]) => {
    if (region === 'data')
      return `RAM holds ${board.ram.bytes} bytes, addresses of 16 bits do not reach the last variable`;
    const isRam = region === 'RAM';
    const { bytes: there } = isRam ? board.ram : board.flash;
    const excess = bytes === undefined ? `too little is left for the stack` : `${bytes} bytes over`;
    return `${isRam ? 'RAM' : 'flash'} holds ${there} bytes, ${excess}`;
  });
  const message = `the network with the firmware that proves it does not fit: ${[...new Set(parts)].join('; ')}`;
  return new CompileError('E-BOARD-FIT', board.name, message, 'See `kiln boards --model` for boards that it fits');
}

/** An AVR's compiler counts the bytes of an object in an `int`. */
function largeTable({ name, core }: Board, table: string): CompileError {
  const message = `the network does not fit: '${table}' is larger than the 32,767 bytes that the compiler for ${core.name} allows one array`;
  return new CompileError('E-BOARD-FIT', name, message, 'Make the layer smaller, or choose another board');
}

function configuration(project: CProject, board: Board, { input }: ImageOptions): string {
  const { uart } = board;
  const offsets = inputOffsets(project.inputs);
  const values: readonly (readonly [string, string | number])[] = [
    ['BOARD_TEXT', `"${board.name}"`],
    ...uartValues(uart),
    ['INPUT_OFFSETS', offsets.starts.join(', ')],
    ['REQUEST_BYTES', `${offsets.end}u`],
    ['IO_IN_ARENA', project.ioPlaces === null ? 0 : 1],
    ['INPUT_PLACES', project.ioPlaces?.inputs.join(', ') ?? ''],
    ['OUTPUT_PLACES', project.ioPlaces?.outputs.join(', ') ?? ''],
    ['RUN_ARGUMENTS', runArguments(project)],
    ...(input === undefined ? [] : ([['BENCH_INPUT', requestOf(project, input).join(', ')]] as const)),
  ];
  return defines(values);
}

function uartValues(uart: Board['uart']): (readonly [string, string | number])[] {
  if (uart === undefined) return [];
  const { address, clockHz, pins } = uart;
  return [
    ['UART_BASE', `${address}u`],
    ['UART_CLOCK_HZ', `${clockHz}u`],
    ['UART_BAUD', `${BAUD}u`],
    ...(pins === undefined
      ? []
      : ([
          ['UART_TX_PIN', `${pins.tx}u`],
          ['UART_RX_PIN', `${pins.rx}u`],
        ] as const)),
  ];
}

/** Where each input starts in a request, and how long that is: every element type finds its alignment. */
export function inputOffsets(inputs: readonly Pick<PortType, 'bytes'>[]): {
  readonly starts: number[];
  readonly end: number;
} {
  const starts: number[] = [];
  let end = 0;
  for (const { bytes } of inputs) {
    starts.push(Math.ceil(end / INPUT_ALIGNMENT) * INPUT_ALIGNMENT);
    end = starts.at(-1)! + bytes;
  }
  return { starts, end };
}

/** The inputs as a request holds them: each at its alignment. */
export function requestOf(
  { inputs }: { readonly inputs: readonly Pick<PortType, 'bytes'>[] },
  bytes: Uint8Array,
): Uint8Array {
  const { starts, end } = inputOffsets(inputs);
  const request = new Uint8Array(end);
  let from = 0;
  inputs.forEach((port, i) => {
    request.set(bytes.subarray(from, from + port.bytes), starts[i]);
    from += port.bytes;
  });
  return request;
}

/** The first arguments of `PREFIX_run`: inputs and outputs out of arrays of pointers to void. */
function runArguments({ inputs, outputs }: CProject): string {
  const pointers = [...inputs.map((_, i) => `inputs[${i}]`), ...outputs.map((_, i) => `outputs[${i}]`)];
  return pointers.join(', ');
}
