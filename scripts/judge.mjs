#!/usr/bin/env node
// Has the real TensorFlow and Keras load what Kiln writes, and has Kiln read what they write: docs/exports.md.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { summaryOfOnnx, writeOnnxCases } from './judge/onnx-cases.mjs';
import { summaryOfTflite, writeTfliteCases } from './judge/tflite-cases.mjs';
import { virtualEnvironment } from './oracle/virtual-environment.mjs';
import { cacheFolder } from './setup/cache-folder.mjs';
import { lastLines, runChild } from './setup/run-child.mjs';
import { Interrupted, SetupError } from './setup/setup-error.mjs';

const HELP = `Usage: npm run judge -- [options]

Exports a trained network and has the real TensorFlow, Keras 3 and Keras 2 load it and answer; then has Keras write networks of
every layer that Kiln reads, and TensorFlow SavedModels and frozen graphs of both kinds, and Kiln read them and answer. Has
TensorFlow Lite Micro run the network, and every model of the oracle, as Kiln writes them, and onnxruntime what ONNX has of them; onnxruntime's
own networks are read by Kiln. Floats may differ by 1e-5, integers not at all; in ONNX, which says less of their rounding, by one step
for an operator and four for a network. Four minutes on two cores. The judges come into the virtual environment of npm run oracle: once, 300 MB from the package
index, without root.

  --model PATH  the network to export (default: out/digits/model, which npm start trains)
  --optional    where the judges cannot be had, says so and ends with 0
  --help        this text
`;

const TOLERANCE = 1e-5;
const INPUTS = 100;

const root = fileURLToPath(new URL('..', import.meta.url));
const kiln = join(root, 'packages', 'cli', 'bin', 'kiln.js');
const interruption = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => interruption.abort());
const { signal } = interruption;

/** @type {(program: string, args: readonly string[], what: string) => Promise<string>} */
async function run(program, args, what) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };
  const { code, output } = await runChild(program, args, { cwd: root, env, signal });
  if (code === 0) return output;
  throw new SetupError('E-JUDGE', what, lastLines(output, 6), 'Run it by itself', 1);
}

/** @type {(...args: string[]) => Promise<string>} */
const runKiln = (...args) => run(process.execPath, [kiln, ...args, '--quiet'], `kiln ${args[0]}`);

/** How far the judges' answers to a network that Kiln exported are from the reference's. */
async function judgeExports(/** @type {string} */ model, /** @type {string} */ folder, /** @type {string} */ python) {
  const { readNpy, writeNpy } = await import('@kiln/formats');
  const { data, shape, dtype } = readNpy(readFileSync(join(model, 'evaluation-inputs.npy')), 'inputs');
  const width = data.length / shape[0];
  const first = /** @type {any} */ (data.slice(0, INPUTS * width));
  writeFileSync(join(folder, 'inputs.npy'), writeNpy({ dtype, shape: [INPUTS, ...shape.slice(1)], data: first }));
  await runKiln(
    'run',
    model,
    '--on',
    'reference',
    '--quantize',
    'float32',
    '--input',
    join(folder, 'inputs.npy'),
    '--out-dir',
    folder,
  );
  writeFileSync(join(folder, 'expected.npy'), readFileSync(join(folder, 'output_0.npy')));
  const tensor = await oneTensor(model);
  writeFileSync(join(folder, 'tensor.npy'), writeNpy({ dtype: 'float32', shape: tensor.shape, data: tensor.data }));
  const exports = { h5: 'model.h5', keras: 'model.keras', 'saved-model': 'saved_model', 'frozen-graph': 'frozen.pb' };
  for (const [format, name] of Object.entries(exports)) {
    await runKiln('export', model, '--format', format, '-o', join(folder, name));
  }
  await runKiln('export', model, '--format', 'saved-model', '--tensor', tensor.name, '-o', join(folder, 'one_tensor'));
  const output = await run(python, [join(root, 'test', 'judges', 'exports.py'), folder], 'test/judges/exports.py');
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** The last of the network's weights. */
async function oneTensor(/** @type {string} */ model) {
  const { readModel } = await import('@kiln/formats');
  const { inferredGraph } = await import('@kiln/codegen');
  const weights = [...inferredGraph(readModel(model)).tensors.values()].filter(
    ({ data, shape }) => data !== null && shape.length > 1,
  );
  return /** @type {any} */ (weights.at(-1));
}

/** How far TensorFlow Lite Micro and TensorFlow Lite are from what is expected of the models that Kiln wrote. */
async function judgeTflite(/** @type {string} */ model, /** @type {string} */ folder, /** @type {string} */ python) {
  await writeTfliteCases(folder, model);
  await run(python, [join(root, 'test', 'judges', 'tflite.py'), folder], 'test/judges/tflite.py');
  return summaryOfTflite(folder, TOLERANCE);
}

/** How far onnxruntime is from Kiln's answers to the networks that Kiln wrote, and Kiln from onnxruntime's to those of others. */
async function judgeOnnx(/** @type {string} */ model, /** @type {string} */ folder, /** @type {string} */ python) {
  await writeOnnxCases(folder, model);
  await run(python, [join(root, 'test', 'judges', 'onnx_exports.py'), folder], 'test/judges/onnx_exports.py');
  const networks = join(folder, 'networks');
  mkdirSync(networks);
  await run(python, [join(root, 'test', 'judges', 'onnx_networks.py'), networks], 'test/judges/onnx_networks.py');
  const names = readdirSync(networks).filter((name) => name.endsWith('.onnx'));
  const found = names.sort().map((name) => ({
    path: join(networks, name),
    base: name.replace(/\.onnx$/, ''),
    title: `${name} of onnxruntime in Kiln`,
  }));
  return [...summaryOfOnnx(folder), ...(await compareWith(networks, found))];
}

/** How far Kiln's answers are from those of the networks that Keras wrote. */
async function judgeKeras(/** @type {string} */ folder, /** @type {string} */ python) {
  await run(python, [join(root, 'test', 'judges', 'keras_networks.py'), folder], 'test/judges/keras_networks.py');
  const names = readdirSync(folder).filter((name) => /\.(keras|h5)$/.test(name));
  return compareWith(
    folder,
    names.sort().map((name) => ({
      path: join(folder, name),
      base: name.replace(/\.\w+$/, ''),
      title: `${name} of Keras 3 in Kiln`,
    })),
  );
}

/** The same for SavedModels and frozen graphs that TensorFlow wrote, and for what lies beside the checkout. */
async function judgeTensorflow(/** @type {string} */ folder, /** @type {string} */ python) {
  const found = join(root, '..', 'shared', 'models', 'kws_savedmodel');
  const others = existsSync(found) ? [found] : [];
  const script = join(root, 'test', 'judges', 'tensorflow_networks.py');
  await run(python, [script, folder, ...others], 'test/judges/tensorflow_networks.py');
  const written = readdirSync(folder).filter((name) => name.endsWith('.model'));
  const paths = [...written.sort().map((name) => join(folder, name)), ...others];
  return compareWith(
    folder,
    paths.map((path) => ({
      path,
      base: basename(path, '.model'),
      title: `${basename(path, '.model')} of TensorFlow in Kiln`,
    })),
  );
}

/** Runs the models in Kiln on the inputs beside them; answers with the differences from the outputs that stand there. */
async function compareWith(
  /** @type {string} */ folder,
  /** @type {readonly { path: string, base: string, title: string }[]} */ models,
) {
  const { readModel, readNpy } = await import('@kiln/formats');
  const { createEvaluator, inferredGraph } = await import('@kiln/codegen');
  const files = readdirSync(folder).sort();
  return models.map(({ path, base, title }) => {
    const arrays = (/** @type {string} */ kind) =>
      files
        .filter((file) => file.startsWith(`${base}.${kind}`))
        .map((file) => readNpy(readFileSync(join(folder, file)), file).data);
    const graph = inferredGraph(readModel(path));
    const values = createEvaluator(graph).run(/** @type {any} */ (arrays('in')));
    const differences = graph.outputs.map((id, i) =>
      difference(/** @type {any} */ (values.get(id)), /** @type {any} */ (arrays('out')[i])),
    );
    return { name: title, difference: Math.max(...differences) };
  });
}

/** @type {(found: ArrayLike<number>, expected: ArrayLike<number>) => number} */
function difference(found, expected) {
  if (found.length !== expected.length) return Infinity;
  const least = Math.max(1, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (value, i) => Math.abs(value - found[i]) / least));
}

async function main() {
  const { model, optional, help } = parseArgs({
    options: {
      model: { type: 'string', default: join(root, 'out', 'digits', 'model') },
      optional: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  }).values;
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (!existsSync(join(model, 'evaluation-inputs.npy'))) {
    throw new SetupError('E-JUDGE-MODEL', model, 'is no trained model', 'Run npm start first', 1);
  }
  const place = {
    folder: join(cacheFolder(process.env), 'oracle'),
    requirements: join(root, 'test', 'oracle', 'requirements.txt'),
    env: process.env,
    signal,
    say: console.log,
  };
  const python = await virtualEnvironment(place).catch((error) => {
    if (!optional || !(error instanceof SetupError)) throw error;
    console.error(`${error.toString()}\njudge: left out, since the judges cannot be had here`);
    return null;
  });
  if (python === null) return 0;
  const folder = mkdtempSync(join(tmpdir(), 'kiln-judge-'));
  try {
    mkdirSync(join(folder, 'keras'));
    mkdirSync(join(folder, 'tensorflow'));
    const results = [
      ...(await judgeExports(model, folder, python)),
      ...(await judgeTflite(model, join(folder, 'tflite'), python)),
      ...(await judgeOnnx(model, join(folder, 'onnx'), python)),
      ...(await judgeKeras(join(folder, 'keras'), python)),
      ...(await judgeTensorflow(join(folder, 'tensorflow'), python)),
    ];
    const limitOf = (/** @type {{ limit?: number }} */ { limit = TOLERANCE }) => limit;
    const wrong = results.filter((result) => !(result.difference <= limitOf(result)));
    for (const result of results) {
      console.log(
        `${wrong.includes(result) ? 'DIFFERS' : 'agrees '} ${result.difference.toExponential(1)}  ${result.name}`,
      );
    }
    console.log(`judge: ${results.length} comparisons, ${wrong.length} beyond ${TOLERANCE}, or the steps allowed`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error) => {
  if (error instanceof Interrupted) return 130;
  console.error(error instanceof SetupError ? error.toString() : error);
  return error.exitCode ?? 70;
});
