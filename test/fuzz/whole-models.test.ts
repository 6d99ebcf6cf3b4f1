import { compile, OPERATORS, referenceTrace } from '@kiln/codegen';
import { type CProject, type Graph, type IsaName, type OpName, printGraph } from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  createWasmEngine,
  describeDifference,
  edgeInputs,
  type Engine,
  findToolchain,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { afterAll, expect, test } from 'vitest';
import { mergeGraphs } from '../conformance/merge-graphs.js';
import { GrowingGraph } from './growing-graph.js';
import { RECIPES } from './recipes/index.js';
import { shrinkGraph } from './shrink-graph.js';

/** Models in the default run; `KILN_MODEL_COUNT` asks for more, `KILN_MODEL_SEED` for the first seed. */
const COUNT = Number(process.env['KILN_MODEL_COUNT'] ?? 300);
const FIRST_SEED = Number(process.env['KILN_MODEL_SEED'] ?? 1);
/** Every so many batches go through wasm as well, whose compiler takes its time. */
const WASM_EVERY = Number(process.env['KILN_MODEL_WASM_EVERY'] ?? 15);
/** And as many run under the address and undefined-behaviour sanitizers. */
const SANITIZE_EVERY = Number(process.env['KILN_MODEL_SANITIZE_EVERY'] ?? 10);
/** Models that are compiled as one, which saves most of the time; if they fail, each is tried by itself. */
const TOGETHER = 10;
/** Compilations at a time. */
const AT_ONCE = 2;

const ALL_RECIPES = RECIPES.flat();

const { gcc, emcc } = await findToolchain();
const seen = new Map<string, number>();

/** Branches, shared tensors, odd shapes, extreme scales: up to 14 nodes on one to three inputs. */
function randomModel(seed: number): Graph {
  const g = new GrowingGraph(seed);
  const dtypes = g.pick([
    ['int8'],
    ['float32'],
    ['int16'],
    ['int8', 'float32', 'int32'],
    ['bool', 'int8', 'int64'],
  ] as const);
  for (let inputs = g.int(1, 3); inputs > 0; inputs--) {
    const shape = g.chance(0.7) ? g.shape(2, 6, 6, 5) : g.pick([g.shape(3, 9), g.shape(7), g.shape(2, 4, 5), []]);
    g.input(shape, g.type(g.pick(dtypes)));
  }
  // Each kind of node has its turn, so that none is missed.
  const favoured = ALL_RECIPES[seed % ALL_RECIPES.length]!;
  for (let tries = 0; tries < 20 && !favoured(g); tries++);
  const nodes = g.int(1, 13);
  for (let tries = 0, added = 0; added < nodes && tries < 200; tries++) if (g.pick(g.pick(RECIPES))(g)) added += 1;
  return g.finish();
}

/** The kernels of instruction sets, which have their turns. */
const SPECIAL = Object.values(OPERATORS)
  .flatMap(({ kernels }): readonly { readonly name: string; readonly isa: IsaName }[] => kernels)
  .filter(({ isa }) => isa !== 'portable');
const served = new Map<string, number>();

/** What every other batch takes wherever it fits: one kernel, and where that does not fit the others of its set. */
function forcedIn(seed: number): { readonly isa?: IsaName; readonly kernels?: readonly string[] } {
  const batch = Math.floor(seed / TOGETHER);
  if (batch % 2 === 0) return {};
  const { isa, name } = SPECIAL[Math.floor(batch / 2) % SPECIAL.length]!;
  return { isa, kernels: [name, ...SPECIAL.filter((each) => each.isa === isa).map((each) => each.name)] };
}

type Create = (project: CProject) => Promise<Engine>;

const onHost: Create = (project) => createHostEngine(project, { optimization: '-O0' });
const onWasm: Create = (project) => createWasmEngine(project, { optimization: '-O0' });
const sanitized: Create = (project) => createHostEngine(project, { optimization: '-O1', sanitize: true });

/** Where the C differs from the reference, layer by layer; null if it does not. */
async function difference(model: Graph, create: Create, seed: number): Promise<string | null> {
  const { graph, project, program } = compile(model, {
    name: 'random',
    precision: 'model',
    source: 'a test',
    version: '0.1.0',
    ...forcedIn(seed),
  });
  for (const { kernel, nodes } of program.functions) {
    served.set(kernel.name, (served.get(kernel.name) ?? 0) + nodes.length);
  }
  const inputs = joinInputs(edgeInputs(project), randomInputs(project, 6, seed));
  const expected = referenceTrace(graph, project, inputs.bytes, inputs.count);
  const engine = await create(project);
  try {
    const { first } = compareTraces(project, expected, await engine.trace(inputs.bytes, inputs.count), inputs.count);
    return first === null ? null : describeDifference(first);
  } finally {
    await engine.dispose();
  }
}

async function failure(model: Graph, create: Create, seed: number): Promise<string | null> {
  try {
    return await difference(model, create, seed);
  } catch (error) {
    return String(error);
  }
}

/** What is wrong with the models of these seeds, each cut down to the smallest that still shows it. */
async function failures(seeds: readonly number[], create: Create): Promise<string[]> {
  const models = seeds.map(randomModel);
  for (const { op } of models.flatMap(({ nodes }) => nodes)) seen.set(op, (seen.get(op) ?? 0) + 1);
  if ((await failure(mergeGraphs(models), create, seeds[0]!)) === null) return [];
  const found: string[] = [];
  for (const [i, model] of models.entries()) {
    const seed = seeds[i]!;
    if ((await failure(model, create, seed)) === null) continue;
    const smallest = await shrinkGraph(model, async (graph) => (await failure(graph, create, seed)) !== null);
    found.push(`KILN_MODEL_SEED=${seed}: ${await failure(smallest, create, seed)}\n${printGraph(smallest)}`);
  }
  return found.length > 0 ? found : [`seeds ${seeds.join(', ')} fail together, though none of them alone`];
}

const groups = Array.from({ length: Math.ceil(COUNT / 50) }, (_, group) => FIRST_SEED + 50 * group);

test.skipIf(gcc === null).each(groups)(
  'models from seed %i on: the C of every layer equals the reference',
  { timeout: 3_600_000 },
  async (start) => {
    const seeds = Array.from({ length: Math.min(50, FIRST_SEED + COUNT - start) }, (_, i) => start + i);
    const batches = Array.from({ length: Math.ceil(seeds.length / TOGETHER) }, (_, i) =>
      seeds.slice(i * TOGETHER, (i + 1) * TOGETHER),
    );
    const found: string[] = [];
    const work = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const number = Math.floor(batch[0]! / TOGETHER);
        found.push(...(await failures(batch, number % SANITIZE_EVERY === 0 ? sanitized : onHost)));
        if (emcc !== null && number % WASM_EVERY === 0) found.push(...(await failures(batch, onWasm)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(found.join('\n\n')).toBe('');
  },
);

/** What no random model can hold: memory between runs, subgraphs, and what only other passes make. */
const NOT_GROWN: ReadonlySet<OpName> = new Set<OpName>([
  'standardize',
  'circularBuffer',
  'svdf',
  'unidirectionalSequenceLstm',
  'if',
  'while',
]);

test.skipIf(gcc === null || COUNT < 300)('every operator was met', () => {
  const missed = (Object.keys(OPERATORS) as OpName[]).filter((op) => !seen.has(op) && !NOT_GROWN.has(op));
  expect(missed).toEqual([]);
});

test.skipIf(gcc === null || COUNT < 300)('every kernel of an instruction set was met', () => {
  expect(SPECIAL.filter(({ name }) => !served.has(name))).toEqual([]);
});

afterAll(() => {
  const counts = [...seen].sort((a, b) => a[1] - b[1]).map(([op, count]) => `${op} ${count}`);
  console.log(`nodes in ${COUNT} models: ${counts.join(', ')}`);
});
