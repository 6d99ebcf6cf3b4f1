import { InvariantError } from '@kiln/ir';
import type { CProject, TracePoint } from '@kiln/ir';
import type { Optimization } from '../build-native.js';
import type { Board } from '../board/board.js';
import { emulatedBoard } from '../board/emulation.js';
import { buildBoardImage } from '../board/build-image.js';
import { readSectionSizes } from '../elf-sections.js';
import { runParallel } from '../run-parallel.js';
import { runBench } from './run-bench.js';
import type { BenchRun } from './run-bench.js';

/** What one inference costs on a board; bytes and instructions. */
export interface BoardBench {
  readonly board: Board;
  /** Version and flags of the compiler. */
  readonly compiler: string;
  /** Of the network as it is shipped. */
  readonly instructions: number;
  /** Cycles of the core, as its emulator counts them or a model estimates; null where neither knows of any. */
  readonly cycles: number | null;
  readonly cyclesBy: 'emulator' | 'model' | null;
  /** Instructions and cycles of each layer, as counted in a build that shows each layer's result. */
  readonly layers: readonly BenchedLayer[];
  readonly flash: {
    /** Code, and constants that are not the model's, the compiler's library among them; without the empty firmware. */
    readonly code: number;
    /** Weights, biases and other tables of the model. */
    readonly constants: number;
  };
  readonly ram: {
    readonly arena: number;
    readonly state: number;
    /** Of buffers outside the arena. */
    readonly inputs: number;
    readonly outputs: number;
    /** Variables beyond those of an empty firmware. */
    readonly variables: number;
    /** Deepest use below the caller. */
    readonly stack: number;
  };
  /** What the inference gave, the outputs one after another. */
  readonly outputs: Uint8Array;
}

export interface BenchedLayer {
  readonly node: string;
  readonly op: string;
  readonly instructions: number;
  readonly cycles: number | null;
}

export interface BenchOptions {
  /** One inference's inputs, one after another. */
  readonly input: Uint8Array;
  /** Default -O3. */
  readonly optimization?: Optimization;
  readonly signal?: AbortSignal | undefined;
}

const FIRMWARES = ['bench', 'bench-layers', 'minimal', 'empty'] as const;

/** As for a board that proves a network: float arithmetic in software, an emulator that counts, a busy machine. */
const MS_PER_MAC = 0.05;
const LEAST_MS = 60_000;

/**
 * Counts the instructions of one inference on an emulated board, exactly: two runs give the same numbers. The whole is
 * counted in the network as it is shipped; the layers in a build that shows each layer's result, so that what the
 * compiler merges across layers (mostly calls) is missing from their sum.
 *
 * Errors: those of `buildBoardImage` and of `runBench`.
 */
export async function benchBoard(project: CProject, asked: Board, options: BenchOptions): Promise<BoardBench> {
  const board = emulatedBoard(asked);
  const { input, signal, optimization = '-O3' } = options;
  const [shipped, showing, minimalImage, emptyImage] = await runParallel(FIRMWARES, (firmware) =>
    buildBoardImage(project, board, { firmware, input, optimization, signal, unbounded: firmware === 'minimal' }),
  );
  const run = { timeLimitMs: LEAST_MS + MS_PER_MAC * project.macs, signal };
  const [whole, observed] = await runParallel([shipped!, showing!], ({ bytes }) =>
    runBench(project, board, bytes, run),
  );
  const minimal = readSectionSizes(minimalImage!.bytes);
  const empty = readSectionSizes(emptyImage!.bytes);
  if (whole!.segments.length < 2) throw missingSegments(board, whole!.segments.length, 2);
  const shippedCost = ([mark = 0, inference = 0]: readonly number[]): number => inference - mark;
  const sum = (ports: readonly { bytes: number }[]) => ports.reduce((total, { bytes }) => total + bytes, 0);
  const isOwn = project.ioPlaces === null;
  const known = { inputs: isOwn ? sum(project.inputs) : 0, outputs: isOwn ? sum(project.outputs) : 0 };
  const buffers = project.arenaBytes + project.stateBytes + known.inputs + known.outputs;
  const variables = minimal.dataBytes + minimal.bssBytes - empty.dataBytes - empty.bssBytes;
  const flashOf = (sizes: typeof minimal) => sizes.textBytes + sizes.constantBytes + sizes.dataBytes;
  return {
    board,
    compiler: shipped!.description,
    instructions: shippedCost(whole!.segments),
    cycles: whole!.cycles === null ? null : shippedCost(whole!.cycles),
    cyclesBy: whole!.cycles === null ? null : whole!.cyclesBy,
    layers: layersOf(project, board, observed!),
    flash: { code: flashOf(minimal) - flashOf(empty) - project.constantBytes, constants: project.constantBytes },
    ram: {
      arena: project.arenaBytes,
      state: project.stateBytes,
      ...known,
      variables: Math.max(0, variables - buffers),
      stack: whole!.stackBytes,
    },
    outputs: whole!.outputs,
  };
}

/** Segments of `bench-layers` before the inference: a mark alone, up to the observer's first mark, from its last one. */
const BEFORE_LAYERS = 3;

/**
 * The observer marks its beginning and its end, so that every other segment is its own and a layer's begins and ends in it;
 * what calling it takes is known from a call by itself.
 */
function layersOf(project: CProject, board: Board, { segments, cycles }: BenchRun): readonly BenchedLayer[] {
  const points = project.trace.filter(({ op }) => op !== 'call');
  const expected = BEFORE_LAYERS + 1 + 2 * points.length;
  if (segments.length < expected) throw missingSegments(board, segments.length, expected);
  return mergeResults(
    points.map((point, index) => ({
      point,
      instructions: layerCost(segments, index),
      cycles: cycles === null ? null : layerCost(cycles, index),
    })),
  );
}

/** What a layer took, of what was counted between marks. */
function layerCost(counts: readonly number[], index: number): number {
  const [mark = 0, enter = 0, , leave = 0] = counts;
  const counted = counts[BEFORE_LAYERS + 1 + 2 * index]! - mark;
  const calling = index === 0 ? enter - mark : enter + leave - 2 * mark;
  return Math.max(0, counted - calling);
}

/** A layer of several results is shown several times. */
function mergeResults(
  layers: readonly (Pick<BenchedLayer, 'instructions' | 'cycles'> & { readonly point: TracePoint })[],
): readonly BenchedLayer[] {
  const merged: BenchedLayer[] = [];
  for (const { point, instructions, cycles } of layers) {
    const last = merged.at(-1);
    if (point.output > 0 && last?.node === point.node) {
      const all = cycles === null ? null : (last.cycles ?? 0) + cycles;
      merged[merged.length - 1] = { ...last, instructions: last.instructions + instructions, cycles: all };
    } else merged.push({ node: point.node, op: point.op, instructions, cycles });
  }
  return merged;
}

function missingSegments(board: Board, found: number, expected: number): InvariantError {
  return new InvariantError('E-BENCH-MARKS', board.name, `expected ${expected} marks or more, found ${found}`);
}
