import { copyFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, InvariantError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { runCommand } from './run-command.js';
import type { CommandResult } from './run-command.js';
import { createTemporaryFolder, temporaryFolderError } from './temporary-folder.js';
import type { TemporaryFolder } from './temporary-folder.js';
import type { Tool } from './toolchain.js';

/** The generated file must be clean under these, whatever else it is compiled with. */
export const WARNING_FLAGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'] as const;

/** Bytes of inputs and traces that the harness keeps at once. */
const BATCH_BYTES = 2 << 20;
const LONGEST_BATCH = 64;

/** How many inferences the harness runs at once. */
export function batchSize(project: CProject): number {
  const fitting = Math.floor(BATCH_BYTES / (project.inputBytes + project.traceBytes));
  return Math.max(1, Math.min(LONGEST_BATCH, fitting));
}

/** C of this package, by its path within it. */
const HARNESS = ['harness/harness.c', 'harness/network.h', 'harness/names.h'];

/**
 * Writes the generated files and what is compiled beside them (without more words the harness) into a fresh temporary folder.
 * `sources` are paths within this package, `texts` files by their names; all stand side by side in the folder.
 *
 * Errors: `E-TEMP-FOLDER` if the disk is full or may not be written; the folder is then gone again.
 */
export async function createBuildFolder(
  project: CProject,
  purpose: string,
  sources: readonly string[] = HARNESS,
  texts: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder> {
  const folder = createTemporaryFolder(purpose);
  try {
    for (const { path, text } of project.files) await writeFile(join(folder.path, basename(path)), text);
    await writeFile(join(folder.path, 'harness-config.h'), harnessConfig(project));
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder.path, name), text);
    for (const source of sources)
      await copyFile(fileURLToPath(new URL(`../${source}`, import.meta.url)), join(folder.path, basename(source)));
    return folder;
  } catch (error) {
    await folder.remove();
    throw temporaryFolderError(error as NodeJS.ErrnoException);
  }
}

/** The generated file to compile and the header beside it, without their folders. */
export function sourceNames(project: CProject): { source: string; header: string } {
  const nameOf = (extension: string) => {
    const file = project.files.find(({ path }) => path.endsWith(extension));
    if (file !== undefined) return basename(file.path);
    throw new InvariantError('E-PROJECT-FILES', project.prefix, `expected a ${extension} file, found none`);
  };
  return { source: nameOf('.c'), header: nameOf('.h') };
}

function harnessConfig(project: CProject): string {
  const { inputs, outputs } = project;
  const sizes = (ports: readonly { bytes: number }[]) => ports.map(({ bytes }) => bytes).join(', ');
  const largest = (ports: readonly { bytes: number }[]) => Math.max(...ports.map(({ bytes }) => bytes));
  const values: readonly (readonly [string, string | number])[] = [
    ['HEADER', `"${sourceNames(project).header}"`],
    ['PREFIX', project.prefix],
    ['PREFIX_TEXT', `"${project.prefix}"`],
    ['BATCH', batchSize(project)],
    ['INPUTS', inputs.length],
    ['OUTPUTS', outputs.length],
    ['INPUT_SIZES', sizes(inputs)],
    ['OUTPUT_SIZES', sizes(outputs)],
    ['LARGEST_INPUT_BYTES', largest(inputs)],
    ['LARGEST_OUTPUT_BYTES', largest(outputs)],
    ['INPUT_BYTES', project.inputBytes],
    ['TRACE_BYTES', project.traceBytes],
    ['STATEFUL', project.stateBytes > 0 ? 1 : 0],
  ];
  return defines(values);
}

/** `#define KILN_NAME value`, a line each. */
export function defines(values: readonly (readonly [string, string | number])[]): string {
  return values.map(([name, value]) => `#define KILN_${name} ${value}\n`).join('');
}

/** The macro that makes the generated C observable, tested and so on. */
export function define(project: CProject, feature: 'OBSERVE' | 'SELFTEST'): string {
  return `-D${project.prefix.toUpperCase()}_${feature}`;
}

export interface CompileCall {
  readonly tool: Tool;
  readonly args: readonly string[];
  readonly folder: string;
  /** The generated file, for messages. */
  readonly source: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls a compiler in a build folder.
 *
 * Errors: `E-C-COMPILE` with the compiler's first lines; `E-COMPILER-DISK`, `E-COMPILER-MEMORY` and `E-COMPILER-HEADERS` where
 * the machine is at fault and not the C; `E-INTERRUPTED`.
 */
export async function compile(call: CompileCall): Promise<void> {
  const { tool, args, folder, source, env, signal } = call;
  // Compilers write temporary files too: all of them go where they are removed with the folder.
  const environment = { ...env, TMPDIR: folder, LC_ALL: 'C' };
  const all = [...tool.firstArguments, ...args];
  const result = await runCommand(tool.path, all, { cwd: folder, env: environment, signal });
  if (result.exitCode !== 0) throw compileError(`${source} with ${tool.version}`, result);
}

const FIRST_LINES = 12;
const LONGEST_LINE = 240;
const FULL_DISK = /No space left on device|Disk quota exceeded|signal 7 \[Bus error\]|received SIGBUS/;

function compileError(where: string, result: CommandResult): EnvironmentError | InvariantError {
  const lines = `${result.stderr}\n${Buffer.from(result.stdout).toString('utf8')}`.trim().split('\n');
  const short = lines.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}...` : line));
  const shown = short.slice(0, FIRST_LINES).join('\n');
  if (FULL_DISK.test(result.stderr)) {
    const telling = short.find((line) => FULL_DISK.test(line)) ?? shown;
    const remedy = 'Free some space there, or set TMPDIR to another folder';
    return new EnvironmentError('E-COMPILER-DISK', where, `the disk is full: ${telling.trim()}`, remedy);
  }
  if (
    result.endedBy !== null ||
    /Killed signal terminated|out of memory|[Cc]annot allocate memory/.test(result.stderr)
  ) {
    const message = `the compiler was ended by ${result.endedBy ?? 'the system'}, probably for want of memory:\n${shown}`;
    return new EnvironmentError('E-COMPILER-MEMORY', where, message, 'Close other programs and run the command again');
  }
  if (/(stdio|string|stdint|float|limits|bits\/[\w-]+)\.h['"]?[: ].*(No such file|not found)/.test(result.stderr)) {
    const message = `the compiler does not find the C library's headers:\n${shown}`;
    return new EnvironmentError('E-COMPILER-HEADERS', where, message, 'Install them (on Debian and Ubuntu: libc6-dev)');
  }
  const status = `expected the compiler to end with 0, found ${result.exitCode}`;
  return new InvariantError('E-C-COMPILE', where, `${status}:\n${shown}`);
}
