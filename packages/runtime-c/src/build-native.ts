import { join } from 'node:path';
import type { CProject } from '@kiln/ir';
import { WARNING_FLAGS, compile, createBuildFolder, define, sourceNames } from './build-folder.js';
import { checkInputs, runError } from './engine.js';
import type { Engine, TraceOptions } from './engine.js';
import { runCommand } from './run-command.js';
import type { CommandResult } from './run-command.js';
import { requireHostCompiler, requireTool } from './toolchain.js';
import type { Tool } from './toolchain.js';

export type Optimization = '-O0' | '-O1' | '-Os' | '-O2' | '-O3';

export interface HostOptions {
  /** A compiler's name or path. Default: CC, else gcc, clang or cc. */
  readonly compiler?: 'gcc' | 'clang' | 'cc' | (string & {});
  /** As C++ the generated file is compiled by g++ or clang++. */
  readonly language?: 'c' | 'c++';
  readonly optimization?: Optimization;
  /** Under the address and undefined-behaviour sanitizers; the first finding ends the run. */
  readonly sanitize?: boolean;
  /** Stand last, so that they win. */
  readonly extraFlags?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export const SANITIZER_FLAGS = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] as const;

/** Leak detection needs ptrace, which containers forbid; the generated C never allocates. */
const SANITIZER_ENVIRONMENT = { ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' };

const CXX_OF: Readonly<Record<string, string>> = { gcc: 'g++', clang: 'clang++', cc: 'g++' };

/**
 * Compiles the project for this machine: a program that reads inputs from stdin and writes traces to stdout.
 *
 * Errors: `E-TOOL-MISSING`, those of `createBuildFolder` and `compile`. On an error no file is left behind.
 */
export async function createHostEngine(project: CProject, options: HostOptions = {}): Promise<Engine> {
  const tool = await hostTool(options);
  const flags = hostFlags(options);
  const { source } = sourceNames(project);
  const folder = await createBuildFolder(project, 'host');
  const program = join(folder.path, 'engine');
  try {
    const args = [...flags, define(project, 'OBSERVE'), define(project, 'SELFTEST'), '-DKILN_WITH_SELFTEST'];
    const files = [source, 'harness.c', '-o', 'engine'];
    await compile({ tool, args: [...args, ...files], folder: folder.path, source, signal: options.signal });
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    name: 'host',
    description: [tool.version, ...flags].join(' '),
    trace: (inputs, count, traceOptions) => traceOnHost(project, program, inputs, count, traceOptions),
    selfTest: async () => {
      const result = await runCommand(program, ['selftest'], { env: SANITIZER_ENVIRONMENT });
      if (result.exitCode !== 0) throw hostError(project, result);
      return Buffer.from(result.stdout).toString('utf8').trim() || null;
    },
    dispose: () => folder.remove(),
  };
}

async function hostTool({ compiler, language }: HostOptions): Promise<Tool> {
  if (compiler === undefined && language !== 'c++') return requireHostCompiler();
  if (language !== 'c++') return requireTool(compiler!);
  const name = compiler ?? (await requireHostCompiler()).name;
  return requireTool(CXX_OF[name] ?? name);
}

function hostFlags({ language, optimization = '-O2', sanitize = false, extraFlags = [] }: HostOptions): string[] {
  const dialect = language === 'c++' ? ['-x', 'c++', '-std=c++11'] : ['-std=c99'];
  return [...dialect, optimization, ...WARNING_FLAGS, ...(sanitize ? SANITIZER_FLAGS : []), ...extraFlags];
}

async function traceOnHost(
  project: CProject,
  program: string,
  inputs: Uint8Array,
  count: number,
  { onProgress, signal }: TraceOptions = {},
): Promise<Uint8Array> {
  checkInputs(project, inputs, count);
  const result = await runCommand(program, [], {
    input: inputs,
    env: SANITIZER_ENVIRONMENT,
    signal,
    onStdoutBytes: (bytes) => onProgress?.(Math.floor(bytes / project.traceBytes), count),
  });
  if (result.exitCode !== 0) throw hostError(project, result);
  if (result.stdout.length !== count * project.traceBytes) throw runError(project, 'host', 10, '');
  return result.stdout;
}

function hostError(project: CProject, result: CommandResult): Error {
  const ended = result.endedBy === null ? `exit code ${result.exitCode}` : `signal ${result.endedBy}`;
  const report = result.stderr.trim().split('\n').slice(0, 12).join('\n');
  return runError(project, 'host', result.exitCode, report === '' ? ended : `${ended}:\n${report}`);
}
