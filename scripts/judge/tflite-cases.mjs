// Models that Kiln wrote as .tflite, their inputs, and the answers that TensorFlow Lite Micro or Kiln's reference gives: for test/judges/tflite.py.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} file  the model, in the folder
 * @property {'micro' | 'reference'} judge
 * @property {readonly { readonly dtype: string; readonly shape: readonly number[] }[]} inputs
 * @property {readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[]} runs  bytes in hexadecimal digits
 */

const ORACLE = fileURLToPath(new URL('../../test/fixtures/oracle/', import.meta.url));
const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
const GOLDEN = {
  ad: 'ad01_int8',
  digits: 'digits_cnn_int8',
  ic: 'ic_resnet8_int8',
  kws: 'kws_dscnn_int8',
  vww: 'vww_mobilenetv1_int8',
};
const INPUTS = 100;

/** What no judge runs in the form in which Kiln reads and writes it, by the beginning of the cases' names. */
const WITHOUT_JUDGE = {
  'circular-buffer-period-': 'the count of runs is spelled out, and TensorFlow Lite Micro selects no int32',
};

/** @type {(values: ArrayBufferView) => string} */
const hex = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

/** Writes the models and `cases.json` to the folder. */
export async function writeTfliteCases(/** @type {string} */ folder, /** @type {string} */ model) {
  mkdirSync(folder);
  const cases = [...(await oracleCases(folder)), ...(await goldenCases(folder)), ...(await trainedCases(folder, model))];
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
}

/** Reads a model of others, writes it anew, and gives what stands in a case about it; null if it cannot be written. */
async function rewritten(/** @type {string} */ folder, /** @type {string} */ name, /** @type {Uint8Array} */ bytes) {
  const { readTflite, WRITERS } = await import('@kiln/formats');
  const { inferredGraph } = await import('@kiln/codegen');
  const graph = inferredGraph(readTflite(bytes, `${name}.tflite`));
  const writer = /** @type {import('@kiln/formats').ModelWriter} */ (WRITERS.find(({ format }) => format === 'tflite'));
  try {
    return { name, ...(await writeModel(folder, name, graph, writer)) };
  } catch (error) {
    if (/** @type {any} */ (error).exitCode === 1) return null;
    throw error;
  }
}

/** @type {(folder: string, name: string, graph: import('@kiln/ir').Graph, writer: import('@kiln/formats').ModelWriter) => Promise<Pick<Case, 'file' | 'inputs'>>} */
async function writeModel(folder, name, graph, writer) {
  const [written] = await writer.write(graph);
  const file = `${name.replaceAll(/[^\w.-]/g, '_')}.tflite`;
  writeFileSync(join(folder, file), /** @type {{ contents: Uint8Array }} */ (written).contents);
  const inputs = graph.inputs.map((id) => {
    const { dtype, shape } = /** @type {import('@kiln/ir').Tensor} */ (graph.tensors.get(id));
    return { dtype, shape };
  });
  return { file, inputs };
}

/** The oracle's models, and what their judge answered to the originals. */
async function oracleCases(/** @type {string} */ folder) {
  /** @type {Case[]} */
  const cases = [];
  for (const family of readdirSync(ORACLE).sort()) {
    for (const judged of JSON.parse(gunzipSync(readFileSync(ORACLE + family)).toString('utf8'))) {
      const isUnjudged = Object.keys(WITHOUT_JUDGE).some((prefix) => judged.name.startsWith(prefix));
      if (judged.judge === 'none' || isUnjudged) continue;
      const model = await rewritten(folder, judged.name, Buffer.from(judged.model, 'hex'));
      if (model !== null) cases.push({ ...model, judge: judged.judge, runs: judged.runs });
    }
  }
  return cases;
}

/** Whole models of others, where they are. */
async function goldenCases(/** @type {string} */ folder) {
  /** @type {Case[]} */
  const cases = [];
  for (const [name, file] of Object.entries(existsSync(`${SHARED}golden`) ? GOLDEN : {})) {
    const model = await rewritten(folder, file, readFileSync(`${SHARED}models/${file}.tflite`));
    if (model === null) throw new Error(`${file} cannot be written`);
    const runs = [0, 1, 2, 3].map((i) => {
      const { input, output } = JSON.parse(readFileSync(`${SHARED}golden/${name}_${i}.json`, 'utf8'));
      return { inputs: [hex(Int8Array.from(input))], outputs: [hex(Int8Array.from(output))] };
    });
    cases.push({ ...model, judge: 'micro', runs });
  }
  return cases;
}

/** The trained network in every precision, and what Kiln's reference of its C answers. */
async function trainedCases(/** @type {string} */ folder, /** @type {string} */ path) {
  const { readModel, readNpy, WRITERS } = await import('@kiln/formats');
  const { computedGraph, createEvaluator, spellOutScalers } = await import('@kiln/codegen');
  const writer = /** @type {import('@kiln/formats').ModelWriter} */ (WRITERS.find(({ format }) => format === 'tflite'));
  const rows = (/** @type {string} */ name) => {
    const { data, shape } = readNpy(readFileSync(join(path, name)), name);
    const width = data.length / /** @type {number} */ (shape[0]);
    return Array.from({ length: shape[0] ?? 0 }, (_, i) => [data.slice(i * width, (i + 1) * width)]);
  };
  const calibration = /** @type {import('@kiln/codegen').Samples} */ (rows('calibration.npy'));
  const samples = rows('evaluation-inputs.npy').slice(0, INPUTS);
  /** @type {Case[]} */
  const cases = [];
  for (const precision of /** @type {const} */ (['float32', 'int8', 'int16x8'])) {
    const { graph } = computedGraph(readModel(path), { precision, calibration });
    const model = await writeModel(folder, `trained-${precision}`, spellOutScalers(graph), writer);
    const evaluator = createEvaluator(graph);
    const runs = samples.map((sample) => {
      const values = evaluator.run(/** @type {any} */ (sample));
      const outputs = graph.outputs.map((id) => hex(/** @type {any} */ (values.get(id))));
      return { inputs: sample.map((values_) => hex(/** @type {any} */ (values_))), outputs };
    });
    for (const judge of /** @type {const} */ (precision === 'float32' ? ['micro', 'reference'] : ['micro']))
      cases.push({ name: `trained network in ${precision}`, ...model, judge, runs });
  }
  return cases;
}
