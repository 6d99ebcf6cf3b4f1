import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InterruptedError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { WARNING_FLAGS, batchSize, compile, createBuildFolder, define, sourceNames } from './build-folder.js';
import type { Optimization } from './build-native.js';
import { checkInputs, runError } from './engine.js';
import type { Engine, TraceOptions } from './engine.js';
import { requireTool } from './toolchain.js';
import type { Tool } from './toolchain.js';
import { webAssembly } from './web-assembly.js';
import type { WasmMemory } from './web-assembly.js';

export interface WasmOptions {
  readonly optimization?: Optimization;
  /** Under the undefined-behaviour sanitizer, which then ends the run at its first finding. */
  readonly sanitize?: boolean;
  readonly extraFlags?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const STACK_BYTES = 64 << 10;
const PAGE_BYTES = 64 << 10;

/** What the harness exports (`harness/harness.c`). */
interface HarnessExports {
  readonly memory: WasmMemory;
  _initialize?(): void;
  kiln_inputs(): number;
  kiln_traces(): number;
  kiln_start(): void;
  kiln_run(count: number): number;
  kiln_selftest(): number;
}

/**
 * Compiles the project with emscripten to a module without imports and loads it into this process.
 *
 * Errors: `E-TOOL-MISSING`, those of `createBuildFolder` and `compile`. On an error no file is left behind.
 */
export async function createWasmEngine(project: CProject, options: WasmOptions = {}): Promise<Engine> {
  const tool = await requireTool('emcc');
  const flags = wasmFlags(options);
  const module = await webAssembly.compile(await buildModule(project, tool, flags, options.signal));
  const { exports } = await webAssembly.instantiate(module, {});
  const harness = exports as HarnessExports;
  harness._initialize?.();
  return {
    name: 'wasm',
    description: [tool.version, ...flags].join(' '),
    trace: (inputs, count, traceOptions) => traceInWasm(project, harness, inputs, count, traceOptions),
    selfTest: () =>
      Promise.resolve(
        textAt(
          harness.memory,
          guarded(project, () => harness.kiln_selftest()),
        ),
      ),
    dispose: () => Promise.resolve(),
  };
}

/**
 * The bytes of the module that `createWasmEngine` loads: the generated C, observed, and the harness (`harness/harness.c`).
 *
 * Errors: as `createWasmEngine`.
 */
export async function buildWasm(project: CProject, options: WasmOptions = {}): Promise<Uint8Array> {
  return buildModule(project, await requireTool('emcc'), wasmFlags(options), options.signal);
}

async function buildModule(
  project: CProject,
  tool: Tool,
  flags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { source } = sourceNames(project);
  const folder = await createBuildFolder(project, 'wasm');
  try {
    const defines = [define(project, 'OBSERVE'), define(project, 'SELFTEST')];
    const link = ['-sSTANDALONE_WASM', '--no-entry', `-sTOTAL_STACK=${STACK_BYTES}`, '-sALLOW_MEMORY_GROWTH=0'];
    const memory = `-sINITIAL_MEMORY=${memoryBytes(project)}`;
    const args = [...flags, ...defines, ...link, memory, source, 'harness.c', '-o', 'engine.wasm'];
    await compile({ tool, args, folder: folder.path, source, signal });
    return await readFile(join(folder.path, 'engine.wasm'));
  } finally {
    await folder.remove();
  }
}

function wasmFlags({ optimization = '-O3', sanitize = false, extraFlags = [] }: WasmOptions): string[] {
  const checks = sanitize ? ['-fsanitize=undefined', '-fsanitize-trap=all'] : [];
  return ['-std=c99', optimization, '-msimd128', '-ffp-contract=off', ...WARNING_FLAGS, ...checks, ...extraFlags];
}

/** Linear memory for the constants, the stack, the arena and the harness's batch, with room for the self-test's vectors. */
function memoryBytes(project: CProject): number {
  const batch = batchSize(project) * (project.inputBytes + project.traceBytes);
  const calls = project.arenaBytes + 3 * project.stateBytes + 16 * project.inputBytes + 4 * project.traceBytes;
  const needed = project.constantBytes + STACK_BYTES + batch + calls + (1 << 20);
  return Math.ceil(needed / PAGE_BYTES) * PAGE_BYTES;
}

async function traceInWasm(
  project: CProject,
  harness: HarnessExports,
  inputs: Uint8Array,
  count: number,
  { onProgress, signal }: TraceOptions = {},
): Promise<Uint8Array> {
  checkInputs(project, inputs, count);
  const { inputBytes, traceBytes } = project;
  const traces = new Uint8Array(count * traceBytes);
  const batch = batchSize(project);
  harness.kiln_start();
  for (let done = 0; done < count;) {
    if (signal?.aborted === true) throw new InterruptedError('wasm engine', 'Run the command again');
    const size = Math.min(batch, count - done);
    const chunk = inputs.subarray(done * inputBytes, (done + size) * inputBytes);
    new Uint8Array(harness.memory.buffer, harness.kiln_inputs(), chunk.length).set(chunk);
    const status = guarded(project, () => harness.kiln_run(size));
    if (status !== 0) throw runError(project, 'wasm', status, `status ${status}`);
    traces.set(new Uint8Array(harness.memory.buffer, harness.kiln_traces(), size * traceBytes), done * traceBytes);
    done += size;
    onProgress?.(done, count);
    await nextTurn();
  }
  return traces;
}

/** Runs into the module; a trap becomes an error with a name. */
function guarded(project: CProject, call: () => number): number {
  try {
    return call();
  } catch (error) {
    throw runError(project, 'wasm', null, `a trap (${String(error)})`);
  }
}

function textAt(memory: WasmMemory, address: number): string | null {
  if (address === 0) return null;
  const bytes = new Uint8Array(memory.buffer, address);
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8');
}
