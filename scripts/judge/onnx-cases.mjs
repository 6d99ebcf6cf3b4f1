// Networks that Kiln wrote as ONNX, their inputs, and what Kiln's reference answers: for test/judges/onnx_exports.py.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** @typedef {import('@kiln/ir').Graph} Graph */
/** @typedef {import('@kiln/ir').Tensor} Tensor */
/** @typedef {import('@kiln/ir').NumberData} NumberData */
/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} file  the model, in the folder
 * @property {number | null} step  of the output's scale; null of floats
 * @property {number} limit  how far an answer may be away: of floats as a share, else in steps
 * @property {number} same  the least share of answers whose greatest output is the same
 * @property {readonly { readonly dtype: string; readonly shape: readonly number[] }[]} inputs
 * @property {readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[]} runs  bytes in hexadecimal digits
 */

const ORACLE = fileURLToPath(new URL('../../test/fixtures/oracle/', import.meta.url));
const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
/** Whole models of others, and the inputs that belong to them. */
const NETWORKS = { ad: 'ad01', digits: 'digits_cnn', ic: 'ic_resnet8', kws: 'kws_dscnn', vww: 'vww_mobilenetv1' };
const INPUTS = 100;

/** float32 sums in another order. */
const TOLERANCE = 1e-5;
/**
 * QuantizeLinear rounds a half to the even integer and a real number, TensorFlow Lite Micro a product of integers: of one operator
 * an answer may be one step away, of a network as many as this, of 8 and of 16 bits (a softmax makes ten steps of one before it); and
 * the last bits of float32.
 */
const STEPS = { operator: 1.01, int8: 16.01, int16: 128.01 };

/** The oracle's models that cannot be compared in this way, by the beginning of their names. */
const BEYOND = {
  'depth-to-space-(bool|int32|int64)': 'onnxruntime has none of it',
  'space-to-depth-(bool|int32|int64)': 'onnxruntime has none of it',
  'select-(v2-)?bool': 'onnxruntime has none of it',
  'floor-mod-int8': 'of an operand with itself onnxruntime ends in an error of its own; and as floor-div',
  'floor-(div|mod)-int': 'the same quotient may fall to either side of a whole number',
  'div-int8': 'by 0',
  'cast-beyond-': 'numbers that do not fit the type become what the machine makes of them',
  'neg-int': 'the least integer is its own negative',
  '(exp|log)-int16': 'lines between 513 entries of a table, in ONNX a formula',
  'resize-bilinear-int16': 'weights of ten bits',
  '(logistic|tanh)-scales-': 'steps of the input that are wider than the curve, or as fine as its last bit',
  'softmax-(more-)?int16': 'beta is a factor, and what is multiplied a float',
  'add-n-int8': 'the operands are rounded to a common scale first',
  'cumsum-int8': 'the operands are rounded to the scale of the result first',
  '(add|sub|mul)-int64-': "Kiln's reference has none of it",
  'square-int32': "Kiln's reference has none of it",
  'resize-bilinear-uint8': "Kiln's reference has none of it",
  'relu-(0|n1)-to-1-int16': "Kiln's reference has none of it",
};
const isBeyond = (/** @type {string} */ name) =>
  Object.keys(BEYOND).some((prefix) => new RegExp(`^${prefix}`).test(name));

/** @type {(values: ArrayBufferView) => string} */
const hex = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

/** The reals that integers with a scale stand for. @type {(data: NumberData, tensor: Tensor) => NumberData} */
function reals(data, { quantization }) {
  if (quantization === null) return data;
  const [scale = 1] = quantization.scale;
  return Float32Array.from(data, (value) => scale * (value - (quantization.zeroPoint[0] ?? 0)));
}

/** Writes the models and `cases.json` to the folder. */
export async function writeOnnxCases(/** @type {string} */ folder, /** @type {string} */ model) {
  mkdirSync(folder, { recursive: true });
  const cases = [...(await trainedCases(folder, model)), ...(await foundCases(folder)), ...(await oracleCases(folder))];
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
}

/**
 * The network in a file, its inputs as the network takes them, and the answers of `asked`, which is the network itself or the one
 * that it was made of. Null where ONNX has nothing for a node.
 *
 * @type {(folder: string, name: string, written: Graph, samples: readonly (readonly NumberData[])[], asked?: Graph) => Promise<Case | null>}
 */
async function caseOf(folder, name, written, samples, asked = written) {
  const { WRITERS } = await import('@kiln/formats');
  const { createEvaluator } = await import('@kiln/codegen');
  const writer = /** @type {import('@kiln/formats').ModelWriter} */ (WRITERS.find(({ format }) => format === 'onnx'));
  let files;
  try {
    files = await writer.write(written);
  } catch (error) {
    if (/** @type {any} */ (error).exitCode === 1) return null;
    throw error;
  }
  const file = `${name.replaceAll(/[^\w.-]/g, '_')}.onnx`;
  writeFileSync(join(folder, file), /** @type {{ contents: Uint8Array }} */ (files[0]).contents);
  const tensors = (/** @type {readonly any[]} */ ids) => ids.map((id) => /** @type {Tensor} */ (asked.tensors.get(id)));
  const [inputs, outputs] = [tensors(asked.inputs), tensors(asked.outputs)];
  const evaluator = createEvaluator(asked);
  const runs = samples.map((sample) => {
    const values = evaluator.run(sample);
    return {
      inputs: inputs.map((tensor, i) => hex(reals(/** @type {NumberData} */ (sample[i]), tensor))),
      outputs: outputs.map((tensor) => hex(reals(/** @type {NumberData} */ (values.get(tensor.id)), tensor))),
    };
  });
  const step = outputs[0]?.quantization?.scale[0] ?? null;
  const types = inputs.map(({ dtype, shape, quantization }) => ({ dtype: quantization ? 'float32' : dtype, shape }));
  const isInt16 = outputs[0]?.dtype === 'int16';
  const limit = step === null ? TOLERANCE : isInt16 ? STEPS.int16 : STEPS.int8;
  return { name, file, step, limit, same: 0, inputs: types, runs };
}

/** The trained network in every precision. */
async function trainedCases(/** @type {string} */ folder, /** @type {string} */ path) {
  const { readModel, readNpy } = await import('@kiln/formats');
  const { computedGraph, spellOutScalers } = await import('@kiln/codegen');
  const rows = (/** @type {string} */ name) => {
    const { data, shape } = readNpy(readFileSync(join(path, name)), name);
    const width = data.length / /** @type {number} */ (shape[0]);
    return Array.from({ length: shape[0] ?? 0 }, (_, i) => [data.slice(i * width, (i + 1) * width)]);
  };
  const calibration = /** @type {import('@kiln/codegen').Samples} */ (rows('calibration.npy'));
  const samples = /** @type {NumberData[][]} */ (rows('evaluation-inputs.npy').slice(0, INPUTS));
  const cases = [];
  for (const precision of /** @type {const} */ (['float32', 'int8', 'int16x8'])) {
    const { graph } = computedGraph(readModel(path), { precision, calibration });
    const name = `the trained network in ${precision}`;
    const made = await caseOf(folder, name, spellOutScalers(graph), samples, graph);
    if (made === null) throw new Error(`${name} cannot be written`);
    cases.push({ ...made, same: 0.98 });
  }
  return cases;
}

/** Whole models of others, where they are: on the same inputs in float and in int8. */
async function foundCases(/** @type {string} */ folder) {
  const { readModel } = await import('@kiln/formats');
  const { inferredGraph } = await import('@kiln/codegen');
  const cases = [];
  for (const [inputs, network] of Object.entries(existsSync(`${SHARED}golden`) ? NETWORKS : {})) {
    const int8 = inferredGraph(readModel(`${SHARED}models/${network}_int8.tflite`));
    const input = /** @type {Tensor} */ (int8.tensors.get(/** @type {any} */ (int8.inputs[0])));
    const samples = [0, 1, 2, 3].map((i) => {
      const golden = JSON.parse(readFileSync(`${SHARED}golden/${inputs}_${i}.json`, 'utf8'));
      return [Int8Array.from(golden.input)];
    });
    cases.push(await caseOf(folder, `${network} in int8`, int8, samples));
    const file = `${SHARED}models/${network}_float32.tflite`;
    if (!existsSync(file)) continue;
    const float = samples.map(([sample]) => [reals(/** @type {Int8Array} */ (sample), input)]);
    cases.push(await caseOf(folder, `${network} in float32`, inferredGraph(readModel(file)), float));
  }
  // The greatest output of an autoencoder is no answer.
  return cases.flatMap((each) => (each === null ? [] : [{ ...each, same: each.name.startsWith('ad01') ? 0 : 1 }]));
}

const ARRAYS = {
  ...{ float32: Float32Array, int8: Int8Array, uint8: Uint8Array, bool: Uint8Array },
  ...{ int16: Int16Array, int32: Int32Array, int64: BigInt64Array },
};

/** The oracle's networks, an operator or a few each. */
async function oracleCases(/** @type {string} */ folder) {
  const { readTflite } = await import('@kiln/formats');
  const { inferredGraph } = await import('@kiln/codegen');
  const cases = [];
  for (const family of readdirSync(ORACLE).sort()) {
    for (const judged of JSON.parse(gunzipSync(readFileSync(ORACLE + family)).toString('utf8'))) {
      if (isBeyond(judged.name)) continue;
      const graph = inferredGraph(readTflite(Buffer.from(judged.model, 'hex'), `${judged.name}.tflite`));
      const sample = judged.runs[0].inputs.map((/** @type {string} */ text, /** @type {number} */ i) => {
        const { dtype } = /** @type {Tensor} */ (graph.tensors.get(/** @type {any} */ (graph.inputs[i])));
        return new ARRAYS[dtype](Uint8Array.from(Buffer.from(text, 'hex')).buffer);
      });
      const made = await caseOf(folder, judged.name, graph, [sample]);
      const isOperator = made?.step !== null && !judged.name.startsWith('network-');
      if (made !== null) cases.push({ ...made, ...(isOperator ? { limit: STEPS.operator } : {}) });
    }
  }
  return cases;
}

/**
 * What the judges left: a line for each whole network and each model that differs, one for all others in floats and one in integers.
 *
 * @type {(folder: string) => { name: string; difference: number; limit: number }[]}
 */
export function summaryOfOnnx(folder) {
  /** @type {(Case & { difference: number; found: number })[]} */
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  const lines = results.map(({ name, step, difference, limit, same, found }) => ({
    name: `onnx in onnxruntime: ${name}${step === null ? '' : `, steps of ${step.toPrecision(3)}; the same answer to ${Math.round(100 * found)} %`}`,
    difference: found < same ? Infinity : difference,
    limit,
    isWhole: name.includes(' '),
    isFloat: step === null,
  }));
  const isLine = (/** @type {typeof lines[number]} */ { isWhole, difference, limit }) => isWhole || difference > limit;
  const rest = [true, false].map((isFloat) => {
    const others = lines.filter((line) => !isLine(line) && line.isFloat === isFloat);
    const most = (/** @type {'difference' | 'limit'} */ key) => Math.max(0, ...others.map((line) => line[key]));
    const name = `onnx in onnxruntime: ${others.length} models of the oracle ${isFloat ? 'without scales' : 'in integers with scales, steps'}`;
    return { name, difference: most('difference'), limit: most('limit') };
  });
  return [...lines.filter(isLine).map(({ name, difference, limit }) => ({ name, difference, limit })), ...rest];
}
