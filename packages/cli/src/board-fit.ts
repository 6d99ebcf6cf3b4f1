import type { Compilation, Precision } from '@kiln/codegen';
import { CompileError } from '@kiln/ir';
import { type Board, type BoardFit, listBoards, measureFits, type MemoryNeed } from '@kiln/runtime-c';
import { compileModel } from './compile-model.js';
import { interruptible } from './interrupts.js';
import type { Model } from './model-folder.js';
import { formatTable, grouped, percent } from './ui/table.js';
import { note, type Terminal } from './ui/terminal.js';

/** Boards that are named where one is too small. */
const MOST_NAMED = 3;

/** How much of a memory is taken, in words for a table: `48,776 of 262,144 B`. */
export function needText({ bytes, there }: MemoryNeed): string {
  return `${grouped(bytes)} of ${grouped(there)} B`;
}

/** What takes a board's memory, and what is over: a row for each part. */
export function fitTable({ board, flash, ram, uncounted }: BoardFit): string {
  const rows = [
    ['flash', flash],
    ['RAM', ram],
  ] as const;
  const table = formatTable(
    ['memory', 'taken by', 'B', 'share'],
    rows.flatMap(([memory, need]) => [
      ...need.parts.map(({ what, bytes }) => [memory, what, grouped(bytes), percent(bytes / need.there)]),
      [
        memory,
        `all, of ${grouped(need.there)} B on ${board.name}`,
        grouped(need.bytes),
        percent(need.bytes / need.there),
      ],
    ]),
  );
  return uncounted === null ? table : `${table}\ncode and stack are not counted: ${String(uncounted)}`;
}

/** The same for machines. */
export function fitDocument({ board, flash, ram, fits, uncounted }: BoardFit) {
  return { board: board.name, fits, codeCounted: uncounted === null, flash, ram };
}

/**
 * Holds a compiled model against a board. Where it does not fit the table is shown, and the error says what is over and
 * what would help: int8, if there are samples to have it with, and boards that are large enough.
 *
 * Errors: `E-BOARD-FIT`; those of `measureFits`.
 */
export function fitOnBoard(
  terminal: Terminal,
  model: Model,
  { project }: Compilation,
  precision: Precision,
  board: Board,
): Promise<BoardFit> {
  return interruptible(async (signal) => {
    const [fit] = await measureFits(project, [board], signal);
    if (fit!.fits) return fit!;
    note(terminal, fitTable(fit!));
    const others = listBoards().filter(({ name }) => name !== board.name);
    const larger = (await measureFits(project, others, signal)).filter(({ fits }) => fits).sort(bySize);
    const couldShrink = precision !== 'int8' && model.hasSamples;
    const shrunk = couldShrink ? await inInt8(terminal, model, board, signal) : null;
    throw tooLarge(fit!, shrunk, larger);
  });
}

async function inInt8(terminal: Terminal, model: Model, board: Board, signal: AbortSignal): Promise<BoardFit> {
  const { project } = await compileModel(terminal, model, { name: model.graph.name, precision: 'int8' });
  return (await measureFits(project, [board], signal))[0]!;
}

function tooLarge(fit: BoardFit, int8: BoardFit | null, larger: readonly BoardFit[]): CompileError {
  const memories = [
    ['flash', fit.flash],
    ['RAM', fit.ram],
  ] as const;
  const excess = memories
    .filter(([, { bytes, there }]) => bytes > there)
    .map(([memory, need]) => `${memory} takes ${needText(need)}, ${grouped(need.bytes - need.there)} B over`);
  const advice = [
    ...(int8 === null ? [] : [int8Advice(int8)]),
    ...(larger.length === 0 ? [] : [`it fits on ${larger.slice(0, MOST_NAMED).map(headroom).join(', ')}`]),
  ];
  if (excess.length === 0 && fit.uncounted instanceof CompileError) return fit.uncounted;
  const remedy = advice.length === 0 ? 'No board here is large enough: make the network smaller' : sentence(advice);
  return new CompileError('E-BOARD-FIT', fit.board.name, `the network does not fit: ${excess.join('; ')}`, remedy);
}

function int8Advice({ fits, flash, ram }: BoardFit): string {
  const taken = `flash ${needText(flash)}, RAM ${needText(ram)}`;
  return fits ? `with --quantize int8 it fits (${taken})` : `with --quantize int8 it would still not fit (${taken})`;
}

/** `mps2-an386 (flash 3.1 % and RAM 1.2 % taken)`. */
function headroom({ board, flash, ram }: BoardFit): string {
  return `${board.name} (flash ${percent(flash.bytes / flash.there)} and RAM ${percent(ram.bytes / ram.there)} taken)`;
}

/** The smallest board first. */
function bySize({ board: a }: { readonly board: Board }, { board: b }: { readonly board: Board }): number {
  return a.ram.bytes - b.ram.bytes || a.flash.bytes - b.flash.bytes || (a.name < b.name ? -1 : 1);
}

function sentence(parts: readonly string[]): string {
  const text = parts.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
