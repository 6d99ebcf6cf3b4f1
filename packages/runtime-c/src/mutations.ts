import { InterruptedError, InvariantError, KilnError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { createHostEngine } from './build-native.js';
import { sourceNames } from './build-folder.js';
import { lineAt, readCSource } from './c-source.js';
import type { Engine } from './engine.js';
import { randomSource } from './inputs.js';
import { MUTATION_RULES } from './mutation-rules.js';
import type { Edit } from './mutation-rules.js';
import { compareTraces } from './parity.js';
import { runParallel } from './run-parallel.js';

export interface Mutation extends Edit {
  /** The kind of mistake, such as `rounding constant`. */
  readonly name: string;
  /** Line of the generated file, from 1. */
  readonly line: number;
}

export interface MutationRow {
  readonly name: string;
  readonly line: number;
  /** The line's text around the change. */
  readonly before: string;
  readonly after: string;
  readonly outcome: 'caught' | 'does not compile' | 'crashed' | 'survived';
}

export interface MutationOptions {
  readonly seed: number;
  /** How many mutations. Default 45. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRow?: (row: MutationRow, done: number, total: number) => void;
}

/** Most mutants show at once; only survivors of these first inputs are run on all. */
const FIRST_INPUTS = 64;
/** For one run of a mutant, which may never end. */
const TIME_LIMIT_MS = 20_000;

/**
 * Chooses mutations of the generated file by a seed: every rule in turn gives one of its places, until there are `limit`.
 * No two are alike, and each really changes what is compiled.
 */
export function chooseMutations(project: CProject, seed: number, limit: number): Mutation[] {
  const text = sourceText(project);
  const source = readCSource(text, new Set([`${project.prefix.toUpperCase()}_OBSERVE`]));
  const next = randomSource(seed);
  const pools = MUTATION_RULES.map(({ name, sites }) => ({ name, sites: sites(source) }));
  const chosen: Mutation[] = [];
  while (chosen.length < limit && pools.some(({ sites }) => sites.length > 0)) {
    for (const { name, sites } of pools) {
      if (sites.length === 0 || chosen.length === limit) continue;
      const [edit] = sites.splice(Math.floor(next() * sites.length), 1);
      if (chosen.some(({ at, after }) => at === edit!.at && after === edit!.after)) continue;
      chosen.push({ name, line: lineAt(text, edit!.at), ...edit! });
    }
  }
  return chosen;
}

/**
 * Proves that the comparison can fail: compiles one mutant after the other and compares its trace with the expected one.
 * `caught` and `crashed` (a mutant that does not end counts as such) are what is to be; `survived` is a hole in the proof.
 *
 * Errors: `E-MUTATION-ORIGINAL` if the unchanged C does not give the expected trace; those of `createHostEngine`.
 */
export async function runMutations(
  project: CProject,
  inputs: Uint8Array,
  expected: Uint8Array,
  count: number,
  { seed, limit = 45, signal, onRow }: MutationOptions,
): Promise<MutationRow[]> {
  const judge = (mutant: CProject) => judgeMutant(mutant, inputs, expected, count, signal);
  const original = await judge(project);
  if (original !== 'survived') {
    throw new InvariantError(
      'E-MUTATION-ORIGINAL',
      project.prefix,
      `the unchanged C was ${original}, expected it to agree`,
    );
  }
  const mutations = chooseMutations(project, seed, limit);
  let done = 0;
  return runParallel(mutations, async (mutation) => {
    const row = { ...describeMutation(project, mutation), outcome: await judge(applyMutation(project, mutation)) };
    onRow?.(row, ++done, mutations.length);
    return row;
  });
}

function sourceText(project: CProject): string {
  const { source } = sourceNames(project);
  return project.files.find(({ path }) => path.endsWith(source))!.text;
}

function mutatedText(project: CProject, { at, before, after }: Mutation): string {
  const text = sourceText(project);
  return text.slice(0, at) + after + text.slice(at + before.length);
}

function applyMutation(project: CProject, mutation: Mutation): CProject {
  const { source } = sourceNames(project);
  const text = mutatedText(project, mutation);
  return { ...project, files: project.files.map((file) => (file.path.endsWith(source) ? { ...file, text } : file)) };
}

/** Characters shown on either side of a change. */
const SHOWN_AROUND = 48;

function describeMutation(project: CProject, mutation: Mutation): Omit<MutationRow, 'outcome'> {
  const { name, line, at, before, after } = mutation;
  const around = (text: string, length: number) => {
    const start = Math.max(text.lastIndexOf('\n', at - 1) + 1, at - SHOWN_AROUND);
    const lineEnd = text.indexOf('\n', at);
    return text.slice(start, Math.min(lineEnd === -1 ? text.length : lineEnd, at + length + SHOWN_AROUND)).trim();
  };
  return {
    name,
    line,
    before: around(sourceText(project), before.length),
    after: around(mutatedText(project, mutation), after.length),
  };
}

async function judgeMutant(
  mutant: CProject,
  inputs: Uint8Array,
  expected: Uint8Array,
  count: number,
  signal: AbortSignal | undefined,
): Promise<MutationRow['outcome']> {
  let engine: Engine | null = null;
  try {
    // A mutant may well deserve a warning; it is to be caught by what it computes.
    engine = await createHostEngine(mutant, { optimization: '-O1', extraFlags: ['-w'], signal });
    for (const size of new Set([Math.min(FIRST_INPUTS, count), count])) {
      const limit = AbortSignal.timeout(TIME_LIMIT_MS);
      const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      const found = await engine.trace(inputs.subarray(0, size * mutant.inputBytes), size, { signal: either });
      const wanted = expected.subarray(0, size * mutant.traceBytes);
      if (compareTraces(mutant, wanted, found, size).differing > 0) return 'caught';
    }
    return 'survived';
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof KilnError)) throw error;
    if (error.code === 'E-C-COMPILE') return 'does not compile';
    if (error instanceof InterruptedError || error.code.startsWith('E-ENGINE-')) return 'crashed';
    throw error;
  } finally {
    await engine?.dispose();
  }
}
