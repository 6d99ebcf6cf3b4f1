import type { Compilation } from '@kiln/codegen';
import type { Graph } from '@kiln/ir';
import type { Engine } from '@kiln/runtime-c';
import { mergeGraphs } from './merge-graphs.js';
import { compileModel, inputBytes, type OracleCase, type ReferenceResult } from './oracle-cases.js';

/** A case that the reference can run, and what it answered. */
export interface ProvenCase {
  readonly judged: OracleCase;
  readonly graph: Graph;
  readonly reference: ReferenceResult;
}

/** Models that are compiled as one: few enough that a compiler's error is found soon. */
const BATCH = 100;

type CreateEngine = (project: Compilation['project']) => Promise<Engine>;

/**
 * Compiles the cases' C, many at once, and runs it on their inferences: the names of those whose outputs are not the
 * reference's, bit for bit, each with what is wrong.
 */
export async function differencesInC(
  cases: readonly ProvenCase[],
  createEngine: CreateEngine,
  batch = BATCH,
): Promise<ReadonlyMap<string, string>> {
  const batches = Array.from({ length: Math.ceil(cases.length / batch) }, (_, i) =>
    cases.slice(i * batch, (i + 1) * batch),
  );
  const problems = new Map<string, string>();
  const lane = async (): Promise<void> => {
    for (let some = batches.shift(); some !== undefined; some = batches.shift())
      for (const [name, problem] of await differencesInSome(some, createEngine)) problems.set(name, problem);
  };
  await Promise.all([lane(), lane()]);
  return problems;
}

/** A batch that cannot be compiled or run is halved until the case is found. */
async function differencesInSome(
  cases: readonly ProvenCase[],
  createEngine: CreateEngine,
): Promise<(readonly [name: string, problem: string])[]> {
  try {
    return await differencesInBatch(cases, createEngine);
  } catch (error) {
    if (cases.length === 1) return [[cases[0]!.judged.name, String(error)]];
    const middle = cases.length >> 1;
    const first = await differencesInSome(cases.slice(0, middle), createEngine);
    return [...first, ...(await differencesInSome(cases.slice(middle), createEngine))];
  }
}

async function differencesInBatch(
  cases: readonly ProvenCase[],
  createEngine: CreateEngine,
): Promise<(readonly [name: string, problem: string])[]> {
  const { project } = compileModel(mergeGraphs(cases.map(({ graph }) => graph)));
  const count = Math.max(...cases.map(({ judged }) => judged.runs.length));
  // A case with fewer inferences than the others starts again with its first.
  const inputs = Array.from({ length: count }, (_, index) =>
    Buffer.concat(cases.map(({ judged: { runs } }) => inputBytes(runs, index % runs.length))),
  );
  const engine = await createEngine(project);
  try {
    const trace = await engine.trace(Buffer.concat(inputs), count);
    let port = 0;
    return cases.flatMap(({ judged, reference }) => {
      const first = port;
      port += reference.outputs[0]!.length;
      const places = reference.outputs.flatMap((outputs, index) =>
        outputs.flatMap((expected, k) => {
          const begin = index * project.traceBytes + project.outputs[first + k]!.traceOffset;
          const found = trace.subarray(begin, begin + expected.length);
          const equal = Buffer.compare(found, expected) === 0;
          return equal ? [] : [[judged.name, `inference ${index}, output ${k} is not the reference's`] as const];
        }),
      );
      return places.slice(0, 1);
    });
  } finally {
    await engine.dispose();
  }
}
