import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inferredGraph } from '@kiln/codegen';
import { readTflite, WRITERS } from '@kiln/formats';
import { type Graph, tensorOf } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { canonicalGraph } from './canonical-graph.js';
import { graphOf, loadFamilies, type OracleCase } from './oracle-cases.js';

// A .tflite that was read, written and read again is the same graph: operators, attributes, values, scales.

const SHARED = fileURLToPath(new URL('../../../shared/models/', import.meta.url));
const writer = WRITERS.find(({ format }) => format === 'tflite')!;

/** No operator of the file splits bools: each piece is a slice. */
const splitsBools = (graph: Graph): boolean =>
  graph.nodes.some(({ op, inputs }) => op === 'split' && tensorOf(graph, inputs[0]!).dtype === 'bool');
/** A memory of its own, within a loop that it is carried through, is refused. */
const isRefused = ({ name }: OracleCase): boolean => name.startsWith('while-svdf-');

async function written(graph: Graph): Promise<Uint8Array> {
  const [file] = await writer.write(graph);
  return file!.contents as Uint8Array;
}

const portNames = (graph: Graph): string[] => [...graph.inputs, ...graph.outputs].map((id) => tensorOf(graph, id).name);

describe.each(loadFamilies())('$name', ({ cases }) => {
  test('every model of the oracle comes back as it was', async () => {
    for (const judged of cases.filter((each) => !isRefused(each))) {
      const graph = inferredGraph(graphOf(judged));
      const back = inferredGraph(readTflite(await written(graph), `${judged.name}.tflite`));
      if (!splitsBools(graph)) expect(canonicalGraph(back), judged.name).toEqual(canonicalGraph(graph));
    }
  });
});

const models = existsSync(SHARED) ? readdirSync(SHARED).filter((name) => name.endsWith('.tflite')) : [];
test.skipIf(models.length === 0).each(models)('%s comes back as it was, by its names too', async (name) => {
  const graph = inferredGraph(readTflite(readFileSync(SHARED + name), name));
  const back = inferredGraph(readTflite(await written(graph), name));
  expect(canonicalGraph(back)).toEqual(canonicalGraph(graph));
  expect(back.nodes.map((node) => node.name)).toEqual(graph.nodes.map((node) => node.name));
  expect(portNames(back)).toEqual(portNames(graph));
});
