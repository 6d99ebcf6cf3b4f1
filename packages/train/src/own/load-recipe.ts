import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { DataError, KilnError } from '@kiln/ir';
import { createJiti } from 'jiti';
import { z } from 'zod';
import { ADAMW } from '../adamw.js';
import type { Dataset, LabelledImages } from '../datasets/dataset.js';
import { pick } from '../hold-out.js';
import { PLAIN, type Recipe } from '../recipes/recipe.js';
import { RANDOM_STREAM, randomStream, shuffledIndices } from '../seeded-random.js';
import { seedWeights } from '../seeded-weights.js';
import type { OwnData, OwnRecipe } from './own-recipe.js';
import * as userApi from './user-api.js';

const FUNCTION = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
const SCHEMA = z.object({
  name: z.string().min(1),
  data: FUNCTION,
  build: FUNCTION,
  epochs: z.int().positive(),
  batchSize: z.int().positive().optional(),
  learningRate: z.number().positive().optional(),
  scaling: z.enum(['feature', 'channel', 'shared']).optional(),
});

/** Share of the groups that is tested with and never trained on. */
const TEST_SHARE = 0.2;
/** The split is the same whatever the training's seed. */
const SPLIT_SEED = 1;

/**
 * Loads a recipe of the user's own, TypeScript or JavaScript, and its data, split into training and test.
 *
 * Errors: DataError E-RECIPE-FILE where it throws or cannot be read, E-RECIPE-FIELDS with all fields that are wrong,
 * E-RECIPE-SPLIT for too little data; those of the loaders.
 */
export async function loadRecipe(file: string): Promise<{ recipe: Recipe; data: Dataset }> {
  const own = await guarded(file, () => importRecipe(file));
  const data = await guarded(file, () => own.data({ folder: dirname(resolve(file)) }));
  return { recipe: recipeOf(own, data), data: datasetOf(own.name, data, file) };
}

async function importRecipe(file: string): Promise<OwnRecipe> {
  const jiti = createJiti(import.meta.url, { moduleCache: false, virtualModules: { '@kiln/train': userApi } });
  const found = await jiti.import(resolve(file), { default: true });
  const parsed = SCHEMA.safeParse(found);
  if (parsed.success) return found as OwnRecipe;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the export'}: ${message}`);
  const message = `its default export is no recipe: ${wrong.join('; ')}`;
  throw new DataError('E-RECIPE-FIELDS', file, message, 'Write export default defineRecipe({ ... })');
}

/** What the user's code throws is the input's fault and no defect of Kiln. */
async function guarded<T>(file: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof KilnError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('E-RECIPE-FILE', file, `the recipe threw: ${reason}`, 'Mend the recipe', { cause });
  }
}

function recipeOf(own: OwnRecipe, { answers, shape }: OwnData): Recipe {
  const outputs = answers.kind === 'classes' ? answers.names.length : answers.outputs;
  return {
    ...PLAIN,
    name: own.name,
    summary: "a recipe of the user's own",
    inputName: 'input',
    inputShape: shape,
    task:
      answers.kind === 'classes'
        ? { kind: 'classification', classes: outputs }
        : { kind: 'regression', outputs, unit: answers.unit },
    defaults: { epochs: own.epochs, batchSize: own.batchSize ?? 32 },
    optimizer: { ...ADAMW, learningRate: own.learningRate ?? ADAMW.learningRate },
    scaling: own.scaling ?? 'feature',
    build: (tf, { seed }) => seedWeights(tf, own.build(tf, { seed, inputShape: [...shape], outputs }), seed),
  };
}

function datasetOf(name: string, data: OwnData, file: string): Dataset {
  const { inputs, shape, count, answers } = data;
  const all: LabelledImages = {
    count,
    images: inputs,
    labels: answers.kind === 'classes' ? answers.labels : new Uint8Array(0),
    ...(answers.kind === 'numbers' ? { targets: answers.values } : {}),
  };
  const tested = testedInputs(data, file);
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  const rightAnswers = answers.kind === 'classes' ? answers.labels : answers.values;
  const hash = createHash('sha256');
  for (const part of [inputs, rightAnswers]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return {
    name,
    source: 'the recipe',
    notice: null,
    sha256: hash.digest('hex'),
    shape,
    classes: answers.kind === 'classes' ? answers.names : [],
    train: pick(
      all,
      indices.filter((index) => !tested.has(index)),
    ),
    test: pick(
      all,
      indices.filter((index) => tested.has(index)),
    ),
  };
}

/** One in five, drawn by group: inputs out of one recording stay together. */
function testedInputs({ count, groups }: OwnData, file: string): ReadonlySet<number> {
  const groupOf = (index: number): number => groups?.[index] ?? index;
  const names = [...new Set(Array.from({ length: count }, (_, index) => groupOf(index)))];
  const most = Math.floor(names.length * TEST_SHARE);
  if (most === 0) {
    const what = groups === undefined ? 'inputs' : 'recordings';
    const message = `its data are ${names.length} ${what}, expected at least 5: one in five is tested with`;
    throw new DataError('E-RECIPE-SPLIT', file, message, 'Give more data');
  }
  const order = shuffledIndices(names.length, randomStream(SPLIT_SEED, RANDOM_STREAM.holdOut));
  const chosen = new Set(Array.from(order.subarray(0, most), (index) => names[index]!));
  return new Set(Array.from({ length: count }, (_, index) => index).filter((index) => chosen.has(groupOf(index))));
}
