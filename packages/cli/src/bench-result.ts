import type { Compilation } from '@kiln/codegen';
import type { BoardBench } from '@kiln/runtime-c';
import { formatTable, grouped, percent } from './ui/table.js';

interface BenchLayer {
  readonly layer: string;
  readonly op: string;
  readonly macs: number;
  readonly instructions: number;
  readonly cycles: number | null;
}

/** The layers' costs with their multiplications; a node that takes no step of its own is not among them. */
function layersOf({ layers }: BoardBench, { program }: Compilation): BenchLayer[] {
  const macs = new Map(program.steps.map((step) => [step.node.name, step.macs]));
  return layers.map(({ node, op, ...costs }) => ({ layer: node, op, macs: macs.get(node) ?? 0, ...costs }));
}

function sum(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, bytes) => total + bytes, 0);
}

/** What one inference costs on a board, for people. */
export function benchText(result: BoardBench, compilation: Compilation): string {
  const { board, instructions, cycles, cyclesBy, flash, ram, compiler } = result;
  const { macs } = compilation.project;
  const perMac = (count: number, of: number) => (of === 0 ? '-' : (count / of).toFixed(3));
  const layers = layersOf(result, compilation);
  const between = instructions - layers.reduce((total, layer) => total + layer.instructions, 0);
  const rows = layers.map((layer) => [
    layer.layer,
    layer.op,
    grouped(layer.macs),
    grouped(layer.instructions),
    perMac(layer.instructions, layer.macs),
    percent(layer.instructions / instructions),
    ...(layer.cycles === null ? [] : [grouped(layer.cycles)]),
  ]);
  const parts = (bytes: Readonly<Record<string, number>>) =>
    Object.entries(bytes)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${grouped(count)}`)
      .join(', ');
  return [
    `${board.name} (${board.core.name}), kernels: ${compilation.program.isa}, ${compiler}`,
    '',
    formatTable(
      ['layer', 'operator', 'MACs', 'instructions', 'per MAC', 'share', ...(cycles === null ? [] : ['cycles'])],
      rows,
    ),
    '',
    `instructions  ${grouped(instructions)}, ${perMac(instructions, macs)} per MAC; ${signed(between)} beside the layers`,
    ...(cycles === null
      ? []
      : [
          `cycles        ${grouped(cycles)}, ${timeText(cycles, board.clock.hz)}${cyclesBy === 'model' ? '; by a model of the core, without wait states' : ''}`,
        ]),
    `flash         ${grouped(sum(flash))} B: ${parts(flash)}`,
    `RAM           ${grouped(sum(ram))} B: ${parts(ram)}`,
  ].join('\n');
}

/** How long so many cycles take on the board, at the fastest that it may run. */
function timeText(cycles: number, hz: number): string {
  return `${((1000 * cycles) / hz).toFixed(3)} ms at ${hz / 1e6} MHz`;
}

function signed(value: number): string {
  return value < 0 ? `-${grouped(-value)}` : grouped(value);
}

/** The same for machines. */
export function benchDocument(result: BoardBench, compilation: Compilation) {
  const { board, compiler, instructions, cycles, cyclesBy, flash, ram } = result;
  return {
    board: board.name,
    isa: compilation.program.isa,
    compiler,
    macs: compilation.project.macs,
    instructions,
    cycles,
    cyclesBy,
    flashBytes: { ...flash, total: sum(flash) },
    ramBytes: { ...ram, total: sum(ram) },
    layers: layersOf(result, compilation),
  };
}
