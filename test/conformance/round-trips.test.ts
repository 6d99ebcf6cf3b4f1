import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createEvaluator, inferredGraph, inputsAt } from '@kiln/codegen';
import { type ModelWriter, readModel, WRITERS } from '@kiln/formats';
import { type Graph, KilnError, type NumberData, tensorOf } from '@kiln/ir';
import { afterAll, describe, expect, test } from 'vitest';
import { compileModel, graphOf, inputBytes, loadFamilies, type OracleCase } from './oracle-cases.js';

// What Kiln writes it reads again, and the network that comes back answers the same: bit for bit where it is made of the same
// nodes, otherwise to the last bits of float32.

/** Of operators that a format writes as several nodes, such as hardSwish. */
const TOLERANCE = 1e-6;
const folder = mkdtempSync(join(tmpdir(), 'kiln-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isFloat = (graph: Graph): boolean => [...graph.tensors.values()].every(({ dtype }) => dtype === 'float32');
/** A network whose output is the same whatever comes in is none. */
const isConstant = (graph: Graph): boolean => graph.outputs.some((id) => tensorOf(graph, id).data !== null);
const cases = loadFamilies()
  .flatMap((family) => family.cases)
  .filter((judged) => isFloat(graphOf(judged)) && graphOf(judged).states.length === 0 && !isConstant(graphOf(judged)));

/** The graph after it has been a file, or null where the format has nothing for one of its nodes. */
async function throughFile(writer: ModelWriter, graph: Graph, name: string): Promise<Graph | null> {
  const place = join(folder, `${writer.format}-${name}`);
  let files;
  try {
    files = await writer.write(graph);
  } catch (error) {
    if (error instanceof KilnError && error.exitCode === 1) return null;
    throw error;
  }
  for (const { path, contents } of files) {
    const file = path === '' ? place : join(place, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return readModel(place);
}

function outputsOf(graph: Graph, judged: OracleCase): NumberData[] {
  const { project } = compileModel(graphOf(judged));
  const values = createEvaluator(graph).run(inputsAt(project, inputBytes(judged.runs, 0), 0));
  return graph.outputs.map((id) => values.get(id) as NumberData);
}

const opsOf = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

/** As a share of values above 1. */
function greatestDifference(found: NumberData, expected: NumberData): number {
  expect(found.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => {
    if (Object.is(value, found[i])) return most;
    const difference = Math.abs(value - found[i]!) / Math.max(1, Math.abs(value));
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

describe.each(WRITERS)('$format', (writer) => {
  test('every network that it can hold comes back and answers the same', { timeout: 120_000 }, async () => {
    let held = 0;
    for (const judged of cases) {
      const graph = inferredGraph(graphOf(judged));
      const back = await throughFile(writer, graph, judged.name);
      if (back === null) continue;
      held += 1;
      const again = inferredGraph(back);
      expect(
        again.inputs.map((id) => tensorOf(again, id).shape),
        judged.name,
      ).toEqual(graph.inputs.map((id) => tensorOf(graph, id).shape));
      const isSame = JSON.stringify(opsOf(again)) === JSON.stringify(opsOf(graph));
      const found = outputsOf(again, judged);
      outputsOf(graph, judged).forEach((expected, i) => {
        if (isSame) expect(found[i], judged.name).toEqual(expected);
        else expect(greatestDifference(found[i]!, expected), judged.name).toBeLessThanOrEqual(TOLERANCE);
      });
    }
    // Of the operators' small networks: the others have other ranks, constants as operands, or operators of their own.
    expect(held).toBeGreaterThan(60);
  });
});
