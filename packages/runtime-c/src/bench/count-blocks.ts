import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@kiln/ir';
import { runCommand } from '../run-command.js';
import { requireHostCompiler, requireTool } from '../toolchain.js';

/** A straight run of instructions with one way in. */
export interface Block {
  readonly start: number;
  readonly instructions: number;
  /** How often it was executed. */
  readonly executions: number;
  /** How often control came to it from elsewhere than the instruction before it. */
  readonly jumps: number;
}

/** What was executed between two marks. */
export type Segment = readonly Block[];

const SOURCE = fileURLToPath(new URL('../../emulator/count-blocks.c', import.meta.url));
const OUTPUT = 'blocks.txt';

/**
 * The arguments that make an emulator of QEMU count blocks between calls of the function at `mark`. The plugin is compiled
 * into `folder`, and writes there what `readSegments` reads.
 *
 * Errors: `E-TOOL-MISSING` without a compiler for the host; `E-EMULATOR-PLUGIN` if it cannot build a library.
 */
export async function countBlocks(program: string, mark: number, folder: string): Promise<string[]> {
  const emulator = await requireTool(program);
  const compiler = await requireHostCompiler();
  const library = join(folder, 'count-blocks.so');
  const version = `-DKILN_PLUGIN_VERSION=${pluginVersion(emulator.version)}`;
  // What it calls is in the emulator: macOS wants to be told that that is right.
  const undefinedLater = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const flags = ['-std=c99', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', ...undefinedLater];
  const args = [...compiler.firstArguments, ...flags, version, SOURCE, '-o', library];
  const { exitCode, stderr } = await runCommand(compiler.path, args, { timeLimitMs: 60_000 });
  if (exitCode !== 0) {
    const message = `expected a library that counts instructions, found an error of ${compiler.version}: ${stderr.trim()}`;
    throw new EnvironmentError('E-EMULATOR-PLUGIN', program, message, 'Name another compiler with CC');
  }
  return ['-plugin', `${library},mark=0x${mark.toString(16)},output=${join(folder, OUTPUT)}`];
}

/** QEMU 9.0 no longer takes version 1 of its interface; of what is used here nothing changed. */
function pluginVersion(emulatorVersion: string): number {
  const major = Number(/version (\d+)\./.exec(emulatorVersion)?.[1] ?? 0);
  return major >= 9 ? 2 : 1;
}

/** Reads what the plugin wrote into the folder: a segment for each mark, what came before the first one left out. */
export async function readSegments(folder: string): Promise<Segment[]> {
  const [, , ...segments] = (await readFile(join(folder, OUTPUT), 'utf8')).split('segment\n');
  return segments.map((text) => text.trim().split('\n').map(parseBlock));
}

function parseBlock(line: string): Block {
  const [start = '', ...counts] = line.split(' ');
  const [instructions = 0, executions = 0, jumps = 0] = counts.map(Number);
  return { start: Number.parseInt(start, 16), instructions, executions, jumps };
}

/** Instructions that a segment executed, an exact count. */
export function instructionsOf(segment: Segment): number {
  return segment.reduce((sum, { instructions, executions }) => sum + instructions * executions, 0);
}
