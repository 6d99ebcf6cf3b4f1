import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CProject } from '@kiln/ir';
import { WARNING_FLAGS, compile, createBuildFolder, sourceNames } from './build-folder.js';
import { findCrossClang, findTool, requireHostCompiler, requireTool } from './toolchain.js';
import type { Tool } from './toolchain.js';

/** Where an object file is to run. `cortex-m4-soft` is a Cortex-M4 without its floating-point unit. */
export type Cpu = 'cortex-m0' | 'cortex-m4' | 'cortex-m4-soft' | 'host';

export interface ObjectFile {
  /** The ELF (or, on macOS, Mach-O) file. */
  readonly bytes: Uint8Array;
  /** Call graphs with stack use, as `gcc -fcallgraph-info=su` writes them; null from other compilers. */
  readonly callGraph: string | null;
  readonly tool: Tool;
  readonly flags: readonly string[];
}

const ARM_GCC_FLAGS: Readonly<Record<Exclude<Cpu, 'host'>, readonly string[]>> = {
  'cortex-m0': ['-mcpu=cortex-m0', '-mthumb', '-mfloat-abi=soft'],
  'cortex-m4': ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'],
  'cortex-m4-soft': ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft'],
};

const ARM_CLANG_FLAGS: Readonly<Record<Exclude<Cpu, 'host'>, readonly string[]>> = {
  'cortex-m0': ['--target=thumbv6m-none-eabi', '-mcpu=cortex-m0', '-mfloat-abi=soft'],
  'cortex-m4': ['--target=thumbv7em-none-eabihf', '-mcpu=cortex-m4', '-mfloat-abi=hard'],
  'cortex-m4-soft': ['--target=thumbv7em-none-eabi', '-mcpu=cortex-m4', '-mfloat-abi=soft'],
};

/** A clang for the host has no C library for Arm: it takes these headers, and still knows what memcpy is. */
const WITHOUT_LIBRARY = ['-ffreestanding', '-fbuiltin', '-isystem', '.'];
const LIBRARY_HEADERS = ['harness/freestanding/string.h', 'harness/freestanding/math.h'];

/**
 * Compiles the generated file alone, as a firmware would (-Os, without observation and self-test), to an object file.
 *
 * For Arm by arm-none-eabi-gcc, where that is missing by any clang, with headers of our own for the C library that it lacks.
 * Errors: `E-TOOL-MISSING`, those of `createBuildFolder` and `compile`. No file is left behind.
 */
export async function buildObject(project: CProject, cpu: Cpu, signal?: AbortSignal): Promise<ObjectFile> {
  const { tool, targetFlags, headers } = await crossCompiler(cpu);
  const flags = ['-std=c99', '-Os', '-ffunction-sections', ...targetFlags];
  const { source } = sourceNames(project);
  const folder = await createBuildFolder(project, 'object', headers);
  try {
    const quiet = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'];
    const stack = isGcc(tool) ? ['-fcallgraph-info=su'] : [];
    const args = [...flags, ...WARNING_FLAGS, ...quiet, ...stack, '-c', source, '-o', 'model.o'];
    await compile({ tool, args, folder: folder.path, source, signal });
    const bytes = await readFile(join(folder.path, 'model.o'));
    return { bytes, callGraph: await readCallGraph(folder.path), tool, flags };
  } finally {
    await folder.remove();
  }
}

interface ObjectCompiler {
  readonly tool: Tool;
  readonly targetFlags: readonly string[];
  /** Headers to put beside the C, as paths within this package. */
  readonly headers: readonly string[];
}

async function crossCompiler(cpu: Cpu): Promise<ObjectCompiler> {
  if (cpu === 'host') return { tool: await requireHostCompiler(), targetFlags: [], headers: [] };
  const gcc = await findTool('arm-none-eabi-gcc');
  if (gcc !== null) return { tool: gcc, targetFlags: ARM_GCC_FLAGS[cpu], headers: [] };
  const clang = await findCrossClang();
  if (clang === null)
    return { tool: await requireTool('arm-none-eabi-gcc'), targetFlags: ARM_GCC_FLAGS[cpu], headers: [] };
  return { tool: clang, targetFlags: [...ARM_CLANG_FLAGS[cpu], ...WITHOUT_LIBRARY], headers: LIBRARY_HEADERS };
}

function isGcc(tool: Tool): boolean {
  return /gcc|GCC/.test(tool.version) && !/clang/i.test(tool.version);
}

async function readCallGraph(folder: string): Promise<string | null> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.ci'));
  return name === undefined ? null : readFile(join(folder, name), 'utf8');
}
