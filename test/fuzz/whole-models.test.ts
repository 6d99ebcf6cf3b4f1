import { compile, OPERATORS, referenceTrace } from '@kiln/codegen';
import { type Graph, type OpName, printGraph } from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  createWasmEngine,
  describeDifference,
  edgeInputs,
  findToolchain,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { afterAll, expect, test } from 'vitest';
import { GrowingGraph } from './growing-graph.js';
import { RECIPES } from './recipes/index.js';
import { shrinkGraph } from './shrink-graph.js';

/** Models in the default run; `KILN_MODEL_COUNT` asks for more, `KILN_MODEL_SEED` for the first seed. */
const COUNT = Number(process.env['KILN_MODEL_COUNT'] ?? 300);
const FIRST_SEED = Number(process.env['KILN_MODEL_SEED'] ?? 1);
/** Every so many models go through wasm as well, whose compiler takes its time. */
const WASM_EVERY = Number(process.env['KILN_MODEL_WASM_EVERY'] ?? 25);
/** Models that are proven at a time. */
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

type Create = typeof createHostEngine | typeof createWasmEngine;

/** Where the C differs from the reference, layer by layer; null if it does not. */
async function difference(model: Graph, create: Create, seed: number): Promise<string | null> {
  const { graph, project } = compile(model, { name: 'random', precision: 'model', source: 'a test', version: '0.1.0' });
  const inputs = joinInputs(edgeInputs(project), randomInputs(project, 6, seed));
  const expected = referenceTrace(graph, project, inputs.bytes, inputs.count);
  const engine = await create(project, { optimization: '-O0' });
  try {
    const { first } = compareTraces(project, expected, await engine.trace(inputs.bytes, inputs.count), inputs.count);
    return first === null ? null : describeDifference(first);
  } finally {
    await engine.dispose();
  }
}

/** Null, or what is wrong with the seed's model, cut down to the smallest that still shows it. */
async function prove(seed: number, create: Create): Promise<string | null> {
  const model = randomModel(seed);
  for (const { op } of model.nodes) seen.set(op, (seen.get(op) ?? 0) + 1);
  const failure = async (graph: Graph): Promise<string | null> => {
    try {
      return await difference(graph, create, seed);
    } catch (error) {
      return String(error);
    }
  };
  const first = await failure(model);
  if (first === null) return null;
  const smallest = await shrinkGraph(model, async (graph) => (await failure(graph)) !== null);
  return `KILN_MODEL_SEED=${seed}: ${await failure(smallest)}\n${printGraph(smallest)}`;
}

const groups = Array.from({ length: Math.ceil(COUNT / 50) }, (_, group) => FIRST_SEED + 50 * group);

test.skipIf(gcc === null).each(groups)(
  'models from seed %i on: the C of every layer equals the reference',
  { timeout: 3_600_000 },
  async (start) => {
    const seeds = Array.from({ length: Math.min(50, FIRST_SEED + COUNT - start) }, (_, i) => start + i);
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const wasm = emcc !== null && seed % WASM_EVERY === 0;
        for (const create of [createHostEngine, ...(wasm ? [createWasmEngine] : [])]) {
          const failure = await prove(seed, create);
          if (failure !== null) failures.push(failure);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(failures.join('\n\n')).toBe('');
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

afterAll(() => {
  const counts = [...seen].sort((a, b) => a[1] - b[1]).map(([op, count]) => `${op} ${count}`);
  console.log(`nodes in ${COUNT} models: ${counts.join(', ')}`);
});
