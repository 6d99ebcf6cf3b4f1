import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compile, type Compilation, createEvaluator, inputsAt } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import { type DType, type Graph, type TensorData, tensorOf } from '@kiln/ir';

/** A small model, and what a judge made of its inputs; bytes in hexadecimal digits, little-endian. */
export interface OracleCase {
  readonly name: string;
  /** Those of the model, as TensorFlow Lite's schema calls them. */
  readonly operators: readonly string[];
  /** TensorFlow Lite Micro; TensorFlow Lite's reference kernels; or nobody could. */
  readonly judge: 'micro' | 'reference' | 'none';
  /** Why the judge is not TensorFlow Lite Micro. */
  readonly reason: string;
  readonly model: string;
  /** Inferences one after another: states go from each to the next. */
  readonly runs: readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[];
}

export interface OracleFamily {
  readonly name: string;
  readonly cases: readonly OracleCase[];
}

/** What `npm run oracle -- --write` last wrote. */
export const COMMITTED = new URL('../fixtures/oracle/', import.meta.url).pathname;

/** The cases that `npm run oracle` wrote: those of the folder in KILN_ORACLE_CASES, else the committed ones. */
export function loadFamilies(folder = process.env['KILN_ORACLE_CASES'] ?? COMMITTED): OracleFamily[] {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files.map((file) => ({
    name: file.replace(/\.json\.gz$/, ''),
    cases: JSON.parse(gunzipSync(readFileSync(`${folder}/${file}`)).toString('utf8')) as OracleCase[],
  }));
}

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** The inputs of one inference, one behind the other, as an engine takes them. */
export function inputBytes(runs: OracleCase['runs'], index: number): Uint8Array {
  return bytesOfHex(runs[index]!.inputs.join(''));
}

/** The case's model as a graph of its own. */
export function graphOf({ model, name }: OracleCase): Graph {
  return readTflite(bytesOfHex(model), `${name}.tflite`);
}

export function compileModel(graph: Graph): Compilation {
  return compile(graph, { name: 'oracle', precision: 'model', source: 'a test', version: '0.1.0' });
}

export interface ReferenceResult {
  /** The bytes of each output of each inference. */
  readonly outputs: readonly (readonly Uint8Array[])[];
  /** The first place where they are not the judge's, or null. */
  readonly problem: string | null;
}

/** Runs the reference on all inferences of the case and compares its outputs with the judge's. */
export function runReference(judged: OracleCase, { graph, project }: Compilation): ReferenceResult {
  const evaluator = createEvaluator(graph);
  const problems: string[] = [];
  const outputs = judged.runs.map((run, index) => {
    const values = evaluator.run(inputsAt(project, inputBytes(judged.runs, index), 0));
    return graph.outputs.map((id, k) => {
      const bytes = bytesOf(values.get(id)!);
      const difference = compare(bytes, bytesOfHex(run.outputs[k] ?? ''), tensorOf(graph, id).dtype);
      if (difference !== null) problems.push(`inference ${index}, output ${k}${difference}`);
      return bytes;
    });
  });
  return { outputs, problem: problems[0] ?? null };
}

/** A copy of the bytes of a tensor's values. */
function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

/** Of floats: how far from the judge a result may lie, in itself and relative to the judge's. */
const ABSOLUTE = 1e-5;
const RELATIVE = 1e-4;

/** Null, or the first difference that is not allowed: integers must be equal bit for bit. */
function compare(found: Uint8Array, expected: Uint8Array, dtype: DType): string | null {
  if (found.length !== expected.length)
    return `: expected ${expected.length} bytes of the judge, found ${found.length}`;
  const [mine, theirs] = [numbersIn(found, dtype), numbersIn(expected, dtype)];
  const differing = theirs.flatMap((value, i) => (isAccepted(mine[i]!, value, dtype) ? [] : [i]));
  const [first] = differing;
  if (first === undefined) return null;
  const count = `${differing.length} of ${theirs.length} differ`;
  return `[${first}]: expected ${theirs[first]}, found ${mine[first]} (${dtype}, ${count})`;
}

function isAccepted(found: number | bigint, expected: number | bigint, dtype: DType): boolean {
  if (found === expected) return true;
  if (dtype !== 'float32') return false;
  const bound = ABSOLUTE + RELATIVE * Math.abs(Number(expected));
  return Number.isFinite(expected) && Math.abs(Number(found) - Number(expected)) <= bound;
}

function numbersIn(bytes: Uint8Array, dtype: DType): (number | bigint)[] {
  const { buffer } = bytes.slice();
  switch (dtype) {
    case 'float32':
      return [...new Float32Array(buffer)];
    case 'int8':
      return [...new Int8Array(buffer)];
    case 'uint8':
    case 'bool':
      return [...bytes];
    case 'int16':
      return [...new Int16Array(buffer)];
    case 'int32':
      return [...new Int32Array(buffer)];
    case 'int64':
      return [...new BigInt64Array(buffer)];
  }
}
