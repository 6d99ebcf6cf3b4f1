import { KilnError, MissingToolError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { createHostEngine } from './build-native.js';
import type { Optimization } from './build-native.js';
import { buildObject } from './build-object.js';
import type { Cpu } from './build-object.js';
import { createWasmEngine } from './build-wasm.js';
import type { Engine } from './engine.js';
import { compareTraces, describeDifference } from './parity.js';
import { runParallel } from './run-parallel.js';
import { requireTool } from './toolchain.js';

export interface MatrixRow {
  /** Compiler and flags. */
  readonly name: string;
  readonly outcome: 'equal' | 'compiled' | 'different' | 'does not compile' | 'crashed' | 'skipped';
  readonly compiled: boolean;
  /** Inferences compared; 0 where it is only compiled. */
  readonly inputs: number;
  readonly differing: number;
  /** The first difference, the compiler's first lines, or why it was skipped. */
  readonly note: string | null;
}

export interface MatrixOptions {
  readonly signal?: AbortSignal | undefined;
  /** Unoptimized and sanitized code, ten times slower, runs only the first so many inputs. Default 200. */
  readonly slowInputs?: number;
  /** Only rows whose name this matches. */
  readonly only?: RegExp;
  readonly onRow?: (row: MatrixRow, done: number, total: number) => void;
}

interface Cell {
  readonly name: string;
  readonly slow: boolean;
  /** Builds an engine, or only compiles and answers null. */
  build(project: CProject, signal: AbortSignal | undefined): Promise<Engine | null>;
}

const LEVELS: readonly Optimization[] = ['-O0', '-Os', '-O3'];

/**
 * Compiles the project with every compiler and level, as C++, under the sanitizers and for Arm, and compares each that runs
 * here with the expected trace. A compiler that this machine does not have is a skipped row.
 *
 * The row `fused` lets gcc use everything that this processor has, fused multiply-add included, in its own dialect, which
 * contracts expressions unless the file forbids it.
 */
export async function runCompileMatrix(
  project: CProject,
  inputs: Uint8Array,
  expected: Uint8Array,
  count: number,
  { signal, slowInputs = 200, only = /^/, onRow }: MatrixOptions = {},
): Promise<MatrixRow[]> {
  const cells = matrixCells().filter(({ name }) => only.test(name));
  let done = 0;
  return runParallel(cells, async (cell) => {
    const size = cell.slow ? Math.min(slowInputs, count) : count;
    const row = await runCell(project, cell, inputs, expected, size, signal);
    onRow?.(row, ++done, cells.length);
    return row;
  });
}

function matrixCells(): Cell[] {
  return [
    ...(['gcc', 'clang'] as const).flatMap((compiler) => LEVELS.map((level) => hostCell(compiler, level))),
    ...LEVELS.map((level) => wasmCell(level)),
    ...(['gcc', 'clang'] as const).map((compiler) => cxxCell(compiler)),
    ...(['gcc', 'clang'] as const).map((compiler) => sanitizedCell(compiler)),
    sanitizedWasmCell(),
    fusedCell(),
    ...(['cortex-m0', 'cortex-m4', 'cortex-m4-soft'] as const).map(armCell),
  ];
}

function hostCell(compiler: 'gcc' | 'clang', optimization: Optimization): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createHostEngine(project, { compiler, optimization, signal });
  return { name: `${compiler} ${optimization}`, slow: optimization === '-O0', build };
}

function wasmCell(optimization: Optimization): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createWasmEngine(project, { optimization, signal });
  return { name: `emcc ${optimization}`, slow: optimization === '-O0', build };
}

function cxxCell(compiler: 'gcc' | 'clang'): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createHostEngine(project, { compiler, language: 'c++', optimization: '-O2', signal });
  return { name: `${compiler === 'gcc' ? 'g++' : 'clang++'} -std=c++11 -O2`, slow: false, build };
}

function sanitizedCell(compiler: 'gcc' | 'clang'): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createHostEngine(project, { compiler, optimization: '-O1', sanitize: true, signal });
  return { name: `${compiler} -O1 -fsanitize=address,undefined`, slow: true, build };
}

function sanitizedWasmCell(): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createWasmEngine(project, { optimization: '-O1', sanitize: true, signal });
  return { name: 'emcc -O1 -fsanitize=undefined', slow: true, build };
}

function fusedCell(): Cell {
  const build = (project: CProject, signal: AbortSignal | undefined) =>
    createHostEngine(project, {
      compiler: 'gcc',
      optimization: '-O3',
      extraFlags: ['-std=gnu99', '-march=native'],
      signal,
    });
  return { name: 'gcc -O3 -std=gnu99 -march=native (fused)', slow: false, build };
}

function armCell(cpu: Exclude<Cpu, 'host'>): Cell {
  const build = async (project: CProject, signal: AbortSignal | undefined) => {
    await requireTool('arm-none-eabi-gcc');
    await buildObject(project, cpu, signal);
    return null;
  };
  return { name: `arm-none-eabi-gcc -Os ${cpu}`, slow: false, build };
}

async function runCell(
  project: CProject,
  cell: Cell,
  inputs: Uint8Array,
  expected: Uint8Array,
  count: number,
  signal: AbortSignal | undefined,
): Promise<MatrixRow> {
  const { name } = cell;
  let engine: Engine | null;
  try {
    engine = await cell.build(project, signal);
  } catch (error) {
    return buildFailure(name, error);
  }
  if (engine === null) return { name, outcome: 'compiled', compiled: true, inputs: 0, differing: 0, note: null };
  try {
    const found = await engine.trace(inputs.subarray(0, count * project.inputBytes), count, { signal });
    const wanted = expected.subarray(0, count * project.traceBytes);
    const { differing, first } = compareTraces(project, wanted, found, count);
    const note = first === null ? null : describeDifference(first);
    return { name, outcome: differing === 0 ? 'equal' : 'different', compiled: true, inputs: count, differing, note };
  } catch (error) {
    if (!(error instanceof KilnError) || !error.code.startsWith('E-ENGINE-')) throw error;
    return { name, outcome: 'crashed', compiled: true, inputs: count, differing: count, note: error.message };
  } finally {
    await engine.dispose();
  }
}

/** A row for what could not be built; errors of the machine go on. */
function buildFailure(name: string, error: unknown): MatrixRow {
  const row = { name, compiled: false, inputs: 0, differing: 0 };
  if (error instanceof MissingToolError) return { ...row, outcome: 'skipped', note: `${error.where}: ${error.remedy}` };
  if (!(error instanceof KilnError) || error.code !== 'E-C-COMPILE') throw error;
  // Distributions bring the sanitizers' libraries in packages of their own.
  if (/cannot find .*(san|clang_rt)|(san|clang_rt)[^\n]*: (No such file|cannot open)/.test(error.message)) {
    return { ...row, outcome: 'skipped', note: 'the sanitizers of this compiler are not installed' };
  }
  return { ...row, outcome: 'does not compile', note: error.message };
}
