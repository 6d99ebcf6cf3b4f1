import { type TensorData, tensorOf } from '@kiln/ir';
import { createEvaluator } from '../evaluate.js';
import type { Program } from '../program/program.js';
import { cInt, cString, cValues } from './c-literal.js';
import { cTypeOf } from './c-types.js';
import type { TemplateData } from './render.js';

/** Inputs that the generated self-test runs: one entry a vector, each with one array per input of the graph. */
export interface SelfTest {
  readonly vectors: readonly (readonly TensorData[])[];
}

/**
 * Source: Fowler, Noll, Vo: FNV-1a, 32 bits. Over the bytes of a layer's result, as they lie in memory.
 */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** 0 for a result with a value that is no number: its bits differ from machine to machine. */
function checksumOf(values: TensorData): number {
  const hasNaN = values instanceof Float32Array && values.some(Number.isNaN);
  return hasNaN ? 0 : fnv1a(bytesOf(values));
}

/** The vectors, and what the reference says each layer's result must sum up to. */
export function selfTestModel(program: Program, { vectors }: SelfTest): TemplateData {
  const evaluator = createEvaluator(program.graph);
  const results = program.steps.flatMap(({ node }) => node.outputs.map((id) => ({ id, name: node.name })));
  const checksums = vectors.map((vector) => {
    evaluator.reset();
    const values = evaluator.run(vector);
    return results.map(({ id }) => checksumOf(values.get(id)!));
  });
  return {
    skipsNaN: checksums.some((row) => row.includes(0)),
    vectors: cInt(vectors.length),
    vectorInputs: program.graph.inputs.map((id, i) => ({
      index: cInt(i),
      type: cTypeOf(vectors[0]![i]!),
      name: cString(tensorOf(program.graph, id).name),
      elements: cInt(vectors[0]![i]!.length),
      vectors: vectors.map((vector) => ({ values: cValues(vector[i]!) })),
    })),
    checksums: checksums.map((row) => row.map((sum) => `0x${sum.toString(16).padStart(8, '0')}u`).join(', ')),
    layers: cInt(results.length),
    layerNames: results.map(({ name }) => cString(name)).join(', '),
  };
}

/** The bytes of a typed array, as they lie in memory. */
export function bytesOf(values: TensorData): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
