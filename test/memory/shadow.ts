import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Compilation } from '@kiln/codegen';
import { DTYPE_BYTES, elementCount, type TensorId, tensorOf } from '@kiln/ir';

type Step = Compilation['program']['steps'][number];

/** When each byte of a layer's first input was read last and of its first output written first; 0: never. */
export interface Accesses {
  readonly step: number;
  readonly read: readonly number[];
  readonly write: readonly number[];
}

/**
 * Runs the network on the host, compiled by gcc, under a shadow memory and answers what it says: a line for each fault. `show`: the accesses of
 * each layer too.
 */
export function runInShadow(
  compiler: string,
  compilation: Compilation,
  show: boolean,
): { faults: string[]; accesses: Accesses[] } {
  const { project } = compilation;
  const folder = mkdtempSync(join(tmpdir(), 'kiln-shadow-'));
  try {
    for (const { path, text } of project.files) writeFileSync(join(folder, basename(path)), text);
    copyFileSync(fileURLToPath(new URL('shadow.c', import.meta.url)), join(folder, 'shadow.c'));
    writeFileSync(join(folder, 'shadow-config.h'), config(compilation));
    const source = basename(project.files.find(({ path }) => path.endsWith('.c'))!.path);
    const gcc = (words: readonly string[]): Buffer =>
      execFileSync(compiler, ['-std=c99', '-O1', ...words], { cwd: folder });
    const observe = `-D${project.prefix.toUpperCase()}_OBSERVE`;
    gcc([observe, '-fsanitize=thread', '-c', source, '-o', 'network.o']);
    gcc([observe, '-w', 'shadow.c', 'network.o', '-o', 'shadow']);
    const text = runProgram(join(folder, 'shadow'), show);
    const lines = text.trim().split('\n');
    return {
      faults: lines.filter((line) => line.startsWith('step')),
      accesses: lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Accesses),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runProgram(program: string, show: boolean): string {
  try {
    return execFileSync(program, show ? ['show'] : [], { encoding: 'utf8', maxBuffer: 1 << 30 });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function config({ program, project }: Compilation): string {
  const { graph, steps } = program;
  const buffers = 1 + graph.inputs.length + graph.outputs.length;
  const sizes = [...graph.inputs, ...graph.outputs].map((id) => bytesOf(program, id));
  let results = 0;
  const lastResults = steps.map(({ node }) => (results += node.outputs.length) - 1);
  const at = (index: number): string => `memory[${index}]`;
  return [
    `#include "${project.prefix}.h"`,
    `#define SHADOW_BUFFERS ${buffers}`,
    `#define SHADOW_WORDS ${Math.ceil(Math.max(project.arenaBytes, 8, ...sizes) / 8) + 1}`,
    `#define SHADOW_ARENA ${project.prefix}_arena`,
    `#define SHADOW_RUN ${project.prefix}_run_observed`,
    `#define SHADOW_INPUTS ${graph.inputs.map((_, i) => at(1 + i)).join(', ')}`,
    `#define SHADOW_OUTPUTS ${graph.outputs.map((_, i) => at(1 + graph.inputs.length + i)).join(', ')}`,
    `#define SHADOW_LAST_RESULTS ${lastResults.join(', ')}`,
    `#define SHADOW_REGIONS ${steps.flatMap((step, i) => regionsOf(program, step, i)).join(', ')}`,
    '',
  ].join('\n');
}

function bytesOf({ graph }: Compilation['program'], id: TensorId): number {
  const { shape, dtype } = tensorOf(graph, id);
  return elementCount(shape) * DTYPE_BYTES[dtype];
}

function regionsOf(program: Compilation['program'], step: Step, index: number): string[] {
  const { graph, places } = program;
  const { node, scratchOffsets, function: called } = step;
  // Views hold their source's value: whose it is, their first byte tells while nothing else is there.
  const owner = (id: TensorId): TensorId => {
    const maker = graph.nodes.find(({ outputs }) => outputs.includes(id));
    const isStep = maker === undefined || program.steps.some((each) => each.node === maker);
    return isStep ? id : owner(maker.inputs[0]!);
  };
  const region = (role: string, id: TensorId): string[] => {
    const place = places.get(id);
    if (place === undefined) return [];
    const buffer = { arena: () => 0, input: (i: number) => 1 + i, output: (i: number) => 1 + graph.inputs.length + i };
    if (place.kind === 'state') return [];
    const number = place.kind === 'arena' ? 0 : buffer[place.kind](place.index);
    return [
      line(
        index,
        role,
        number,
        place.offsetBytes,
        bytesOf(program, id),
        owner(id),
        role === 'INPUT' ? again(step, program) : [0, 0, 0],
      ),
    ];
  };
  return [
    ...node.inputs.flatMap((id) => region('INPUT', id)),
    ...node.outputs.flatMap((id) => region('OUTPUT', id)),
    ...called.lowered.scratch.map(({ dtype, elements }, i) =>
      line(index, 'SCRATCH', 0, scratchOffsets[i]!, elements * DTYPE_BYTES[dtype], -1, [0, 0, 0]),
    ),
  ];
}

/** The last four channels of an odd number are read together, though some of them were turned before: what is read then goes nowhere. */
function again({ node, function: called }: Step, { graph }: Compilation['program']): readonly [number, number, number] {
  if (called.kernel.name !== 'depthwise-conv2d-planes') return [0, 0, 0];
  const channels = tensorOf(graph, node.inputs[0]!).shape[3]!;
  return [channels - 4, channels - (channels % 4), channels % 4 === 0 ? 0 : channels];
}

function line(
  step: number,
  role: string,
  buffer: number,
  offset: number,
  bytes: number,
  tensor: number,
  again: readonly [number, number, number],
): string {
  return `{ ${[step, role, buffer, offset, bytes, tensor, ...again].join(', ')} }`;
}
