import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '@kiln/codegen';
import type { CProject, IsaName } from '@kiln/ir';
import { benchBoard, findBoard, randomInputs } from '@kiln/runtime-c';
import { ROOT } from '../cli/kiln-process.js';
import type { MeasuredNetwork } from './networks.js';

/** Boards and levels that each network is measured at; networks of others only on the first board. */
export const PLACES = [
  { board: 'mps2-an386', optimization: '-O3' },
  { board: 'mps2-an386', optimization: '-Os' },
  { board: 'mps3-an547', optimization: '-O3' },
  { board: 'mps2-an385', optimization: '-Os' },
] as const;

export function placesOf({ calibration }: MeasuredNetwork): readonly Place[] {
  return PLACES.filter(({ board }) => calibration !== null || board === PLACES[0].board);
}

export type Place = (typeof PLACES)[number];

/** What a network costs at a place: instructions, bytes. RAM is all of it, inputs and outputs in the arena. */
export interface Figures {
  readonly instructions: number;
  readonly code: number;
  readonly constants: number;
  readonly ram: number;
  readonly stack: number;
  /** Instructions of each layer. */
  readonly layers: Readonly<Record<string, number>>;
}

/** test/size/figures.json. */
export interface FiguresFile {
  /** Other versions have other figures. */
  readonly compiler: string;
  readonly figures: Readonly<Record<string, Figures>>;
}

const FILE = join(ROOT, 'test/size/figures.json');
/** A figure may grow by one part in so many. */
const PARTS = 200;

export function readFigures(): FiguresFile {
  return JSON.parse(readFileSync(FILE, 'utf8')) as FiguresFile;
}

export function writeFigures(file: FiguresFile): void {
  writeFileSync(FILE, `${JSON.stringify(file, null, 2)}\n`);
}

/** `digits, mps2-an386 -O3` */
export function keyOf({ name }: MeasuredNetwork, { board, optimization }: Place): string {
  return `${name}, ${board} ${optimization}`;
}

/** Compiled once for each network and instruction set. */
const projects = new Map<string, CProject | null>();

function projectOf({ name, graph, calibration }: MeasuredNetwork, isa: IsaName): CProject | null {
  const key = `${name} ${isa}`;
  const known = projects.get(key);
  if (known !== undefined) return known;
  const model = graph();
  const options = { name: name.replaceAll(' ', '_'), isa, io: 'arena', source: 'test', version: 'test' } as const;
  const made =
    model === null
      ? null
      : calibration === null
        ? compile(model, { ...options, precision: 'model' }).project
        : compile(model, { ...options, precision: 'int8', calibration }).project;
  projects.set(key, made);
  return made;
}

/** Measures a network in int8 at a place, and says by what compiler; null where the network is not here. */
export async function measure(
  network: MeasuredNetwork,
  { board: boardName, optimization }: Place,
): Promise<{ readonly figures: Figures; readonly compiler: string } | null> {
  const board = findBoard(boardName);
  const project = projectOf(network, board.core.kernels);
  if (project === null) return null;
  const input = randomInputs(project, 1, 1).bytes;
  const { instructions, flash, ram, layers, compiler } = await benchBoard(project, board, { input, optimization });
  const figures = {
    instructions,
    code: flash.code,
    constants: flash.constants,
    ram: Object.values(ram).reduce((sum, bytes) => sum + bytes, 0),
    stack: ram.stack,
    layers: Object.fromEntries(layers.map((layer) => [layer.node, layer.instructions])),
  };
  return { figures, compiler: compiler.split(' -')[0]! };
}

/** What has become worse, a line each; the layers whose instructions grew stand behind theirs. */
export function worsened(before: Figures, now: Figures): string[] {
  const grew = (old: number, found: number): boolean => (found - old) * PARTS > old;
  return (['instructions', 'code', 'constants', 'ram', 'stack'] as const)
    .filter((what) => grew(before[what], now[what]))
    .map((what) => {
      const share = (100 * (now[what] - before[what])) / before[what];
      const line = `${what}: ${before[what]} before, now ${now[what]} (+${share.toFixed(1)} %)`;
      if (what !== 'instructions') return line;
      const layers = Object.entries(now.layers).filter(([name, count]) => grew(before.layers[name] ?? 0, count));
      const named = layers.map(([name, count]) => `${name} ${before.layers[name] ?? 'not there'} -> ${count}`);
      return `${line}; layers: ${named.join(', ') || 'none alone'}`;
    });
}
