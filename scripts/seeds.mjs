#!/usr/bin/env node
// Trains a recipe with several seeds and prints how its test accuracy spreads. Needs `npm run build` once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '@kiln/ir';
import { compile, createEvaluator } from '@kiln/codegen';
import { readModel, readNpy } from '@kiln/formats';
import { findRecipe, loadOptdigits, measureSeedSpread, spreadOf } from '@kiln/train';
import { cacheFolder } from './setup/cache-folder.mjs';

const HELP = `Usage: node scripts/seeds.mjs [RECIPE] [--count N] [--backend auto|tfjs-node|wasm|cpu] [--keep last|best] [--data DIR]

Trains a recipe (default digits-cnn) with the seeds 1 .. N (default 10) and prints each test accuracy, of the network and of
its int8 C, then mean, least, greatest and standard deviation. Of digits-cnn half a minute a seed with tfjs-node, one minute
with wasm, on two cores.`;

const percent = (share) => `${(100 * share).toFixed(2)} %`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '10' },
    backend: { type: 'string', default: 'auto' },
    keep: { type: 'string', default: 'last' },
    data: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

async function main() {
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 2) {
    throw new UsageError(
      'E-SEED-COUNT',
      '--count',
      `found '${values.count}', expected an integer of at least 2`,
      'Change it',
    );
  }
  const data = await loadOptdigits({
    ...(values.data === undefined ? {} : { folder: values.data }),
    env: process.env,
    cacheFolder: cacheFolder(process.env),
    root: fileURLToPath(new URL('..', import.meta.url)),
  });
  console.log(`${data.name}, from ${data.source}`);
  if (data.notice !== null) console.log(data.notice);
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  const options = {
    recipe: findRecipe(positionals[0] ?? 'digits-cnn'),
    data,
    backend: values.backend,
    keep: values.keep,
  };
  const int8 = [];
  const spread = await measureSeedSpread(options, seeds, (seed, accuracy, folder) => {
    int8.push(int8Accuracy(folder));
    console.log(`seed ${String(seed).padStart(2)}  ${percent(accuracy)}, int8 ${percent(int8.at(-1))}`);
  });
  printSpread('float32', spread);
  printSpread('int8', spreadOf(int8));
}

function printSpread(name, { mean, minimum, maximum, standardDeviation }) {
  const deviation = `standard deviation ${(100 * standardDeviation).toFixed(2)} percentage points`;
  console.log(`${name}: mean ${percent(mean)}, least ${percent(minimum)}, greatest ${percent(maximum)}, ${deviation}`);
}

/** Test accuracy of the int8 network that the C is made from, by the reference that all C equals. */
function int8Accuracy(folder) {
  const array = (name) => readNpy(readFileSync(join(folder, name)), name);
  const { data: images, shape } = array('evaluation-inputs.npy');
  const { data: labels } = array('evaluation-labels.npy');
  const rows = (data, count) =>
    Array.from({ length: count }, (_, i) => [data.slice((i * data.length) / count, ((i + 1) * data.length) / count)]);
  const calibration = array('calibration.npy');
  const { graph } = compile(readModel(folder), {
    name: 'seed',
    precision: 'int8',
    calibration: rows(calibration.data, calibration.shape[0]),
    source: 'seed',
    version: '0',
  });
  const evaluator = createEvaluator(graph);
  const right = rows(images, shape[0]).filter((input, i) => {
    const scores = Array.from(evaluator.run(input).get(graph.outputs[0]));
    return scores.indexOf(Math.max(...scores)) === labels[i];
  });
  return right.length / labels.length;
}

if (values.help) {
  console.log(HELP);
} else {
  main().catch((error) => {
    console.error(`error ${String(error)}`);
    process.exitCode = error.exitCode ?? 70;
  });
}
