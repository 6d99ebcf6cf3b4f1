import { CompileError, DTYPE_BYTES, elementCount, type Graph, type IsaName, type Node, tensorOf } from '@kiln/ir';
import { siteOf } from '../operators/index.js';
import { type LoweredKernel, tableBytes } from '../operators/kernel.js';
import { type LoweredGraph, type LoweredTexts, lowerGraph } from './lower-nodes.js';
import type { IoMemory } from './plan-memory.js';
import {
  balanced,
  fastest,
  fittingKernels,
  type KernelChoice,
  type KernelRule,
  type PricedKernel,
} from './select-kernels.js';

/** What kernels are chosen for. `balanced`: few instructions, unless they take much more flash. */
export const GOALS = ['balanced', 'speed', 'size', 'ram'] as const;
export type Goal = (typeof GOALS)[number];

/** What a plan may take at most. */
export interface Limits {
  /** Bytes of weights and tables; code comes on top. */
  readonly flash?: number | undefined;
  /** Bytes of the arena, inputs and outputs; the stack comes on top. */
  readonly ram?: number | undefined;
  /** Of one inference, as the kernels' costs estimate them. */
  readonly instructions?: number | undefined;
}

/** What one choice of kernels takes. */
export interface TradeOff {
  readonly instructions: number;
  readonly flash: number;
  readonly ram: number;
}

/** A plan, and those that were looked at and are not worse in everything than another one. */
export interface Chosen {
  readonly lowered: LoweredGraph;
  readonly taken: TradeOff;
  /** The fastest first. */
  readonly front: readonly TradeOff[];
}

/** Choices between the fastest and the smallest that are planned. */
const MOST_PLANNED = 24;

/** Choices that are kept while the search goes from node to node; up to so many nothing is missed. */
const MOST_KEPT = 4096;

/**
 * Chooses kernels for a goal within limits. With a limit on flash or RAM alone the fastest plan that keeps it is taken, with one on
 * instructions alone the smallest.
 *
 * Errors: `E-BUDGET` if none of the plans keeps the limits; it says which is nearest.
 */
export function chooseWithin(graph: Graph, isa: IsaName, io: IoMemory, goal: Goal | undefined, limits: Limits): Chosen {
  const search = new Search(graph, isa, io);
  const way = search.fromFastToSmall();
  const within = way.filter(({ instructions, bytes }) => keeps({ instructions, flash: bytes, ram: 0 }, limits));
  const candidates = orderOf(goal, limits, choicesOf(within), search.choiceBy(balanced));
  for (const choice of candidates) {
    const found = search.within(choice, goal === 'ram' ? 0 : (limits.ram ?? Infinity));
    if (keeps(found.taken, limits)) return { ...found, front: search.front(choicesOf(way)) };
  }
  throw noPlan(graph, limits, search.front(choicesOf(way)));
}

function orderOf(
  goal: Goal | undefined,
  { flash, ram, instructions }: Limits,
  way: readonly KernelChoice[],
  usual: KernelChoice,
): readonly KernelChoice[] {
  if (goal === 'size') return [...way].reverse();
  if (goal === 'balanced' || goal === 'ram') return [usual, ...way];
  const isOnlyTime = flash === undefined && ram === undefined && instructions !== undefined;
  return goal === undefined && isOnlyTime ? [...way].reverse() : way;
}

function keeps(taken: TradeOff, limits: Limits): boolean {
  return (['instructions', 'flash', 'ram'] as const).every((what) => taken[what] <= (limits[what] ?? Infinity));
}

/** A choice with the sums of what its kernels cost. */
interface Weighed {
  readonly instructions: number;
  readonly bytes: number;
  readonly choice: KernelChoice;
}

function choicesOf(way: readonly Weighed[]): readonly KernelChoice[] {
  return thinned(way, MOST_PLANNED).map(({ choice }) => choice);
}

/** Those than which none has less of both, the fastest first. */
function unbeaten(all: readonly Weighed[]): Weighed[] {
  const sorted = [...all].sort((a, b) => a.instructions - b.instructions || a.bytes - b.bytes);
  let least = Infinity;
  return sorted.filter(({ bytes }) => {
    const isLess = bytes < least;
    least = Math.min(least, bytes);
    return isLess;
  });
}

interface Planned {
  readonly lowered: LoweredGraph;
  readonly taken: TradeOff;
}

class Search {
  private readonly fitting = new Map<Graph, ReadonlyMap<Node, readonly PricedKernel[]>>();
  private readonly texts: LoweredTexts = new Map();
  private readonly planned = new Map<KernelChoice, Planned>();

  constructor(
    private readonly graph: Graph,
    private readonly isa: IsaName,
    private readonly io: IoMemory,
  ) {}

  choiceBy(rule: KernelRule, graph = this.graph): KernelChoice {
    return new Map([...this.kernelsOf(graph)].map(([node, fitting]) => [node, rule(node, fitting)]));
  }

  private kernelsOf(graph: Graph): ReadonlyMap<Node, readonly PricedKernel[]> {
    const known = this.fitting.get(graph) ?? fittingKernels(graph, this.isa);
    this.fitting.set(graph, known);
    return known;
  }

  /** From the fewest instructions to the smallest tables: choices than which none has less of both. */
  fromFastToSmall(): readonly Weighed[] {
    let best: Weighed[] = [{ instructions: 0, bytes: 0, choice: new Map() }];
    for (const [node, fitting] of this.kernelsOf(this.graph)) {
      const all = best.flatMap(({ instructions, bytes, choice }) =>
        fitting.map((priced) => ({
          instructions: instructions + priced.cost.instructions,
          bytes: bytes + priced.cost.constantBytes,
          choice: new Map([...choice, [node, priced]]),
        })),
      );
      best = fitting.length === 1 ? all : thinned(unbeaten(all), MOST_KEPT);
    }
    return best;
  }

  private plan(choice: KernelChoice): Planned {
    const known = this.planned.get(choice);
    if (known !== undefined) return known;
    const choose = (graph: Graph): KernelChoice => (graph === this.graph ? choice : this.choiceBy(balanced, graph));
    const lowered = lowerGraph(this.graph, this.io, choose, this.texts);
    const planned = { lowered, taken: takenBy(lowered, choice, this.io) };
    this.planned.set(choice, planned);
    return planned;
  }

  /** The plan of this choice, or, where it takes too much RAM, of one with kernels that work in less where it is tightest. */
  within(choice: KernelChoice, most: number): Planned {
    let [planned, last] = [this.plan(choice), choice];
    let best = planned;
    while (planned.taken.ram > most) {
      const next = this.withLessScratch(planned.lowered, last);
      if (next === null) break;
      [planned, last] = [this.plan(next), next];
      if (planned.taken.ram < best.taken.ram) best = planned;
    }
    return best;
  }

  /** Another kernel for the step that needs most memory, if there is one that needs less. */
  private withLessScratch({ graph, nodes, plan }: LoweredGraph, choice: KernelChoice): KernelChoice | null {
    const demand = (step: number): number =>
      plan.blocks.reduce((sum, { first, last, bytes }) => sum + (first <= step && step <= last ? bytes : 0), 0);
    const tightest = nodes
      .map((item) => ({ item, bytes: demand(graph.nodes.indexOf(item.node)) }))
      .sort((a, b) => b.bytes - a.bytes);
    for (const { item } of tightest) {
      const scratch = scratchBytes(item.lowered);
      const others = (this.kernelsOf(graph).get(item.node) ?? []).filter(
        (priced) => priced.kernel !== item.kernel && scratchBytes(this.textOf(item.node, priced)) < scratch,
      );
      if (others.length > 0) return new Map([...choice, [item.node, fastest(item.node, others)]]);
    }
    return null;
  }

  private textOf(node: Node, priced: PricedKernel): LoweredKernel {
    const text = this.texts.get(priced) ?? priced.kernel.lower(siteOf(this.graph, node));
    this.texts.set(priced, text);
    return text;
  }

  /** All plans that were made, and those on the way, less those that another one beats in everything. */
  front(way: readonly KernelChoice[]): readonly TradeOff[] {
    way.forEach((choice) => this.plan(choice));
    const taken = [...this.planned.values()].map((planned) => planned.taken);
    const all = [...new Map(taken.map((each) => [JSON.stringify(each), each])).values()];
    const isBeaten = (a: TradeOff): boolean =>
      all.some((b) => b !== a && b.instructions <= a.instructions && b.flash <= a.flash && b.ram <= a.ram);
    return all.filter((each) => !isBeaten(each)).sort((a, b) => a.instructions - b.instructions);
  }
}

function thinned<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]!);
}

function scratchBytes({ scratch }: LoweredKernel): number {
  return scratch.reduce((sum, { dtype, elements }) => sum + elements * DTYPE_BYTES[dtype], 0);
}

function takenBy({ graph, nodes, plan }: LoweredGraph, choice: KernelChoice, io: IoMemory): TradeOff {
  const ports = io === 'arena' ? [] : [...graph.inputs, ...graph.outputs];
  const callers = ports.map((id) => tensorOf(graph, id));
  const tables = nodes.flatMap(({ lowered }) => lowered.tables);
  return {
    instructions: Math.round([...choice.values()].reduce((sum, { cost }) => sum + cost.instructions, 0)),
    flash: tableBytes([...new Map(tables.map((table) => [table.values, table])).values()]),
    ram: callers.reduce((sum, { shape, dtype }) => sum + elementCount(shape) * DTYPE_BYTES[dtype], plan.arenaBytes),
  };
}

function noPlan(graph: Graph, limits: Limits, front: readonly TradeOff[]): CompileError {
  const names = { instructions: 'instructions', flash: 'B of weights and tables', ram: 'B of RAM' } as const;
  const asked = (['instructions', 'flash', 'ram'] as const).filter((what) => limits[what] !== undefined);
  const excess = (taken: TradeOff): number =>
    asked.reduce((sum, what) => sum + Math.max(0, taken[what] / limits[what]! - 1), 0);
  const nearest = front.reduce((a, b) => (excess(b) < excess(a) ? b : a));
  const text = (values: Limits): string =>
    asked.map((what) => `${values[what]!.toLocaleString('en-US')} ${names[what]}`).join(', ');
  return new CompileError(
    'E-BUDGET',
    `model '${graph.name}'`,
    `no choice of kernels takes at most ${text(limits)}; the nearest takes ${text(nearest)}`,
    'Allow as much, or make the network smaller',
  );
}
