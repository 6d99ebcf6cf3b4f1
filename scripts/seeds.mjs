#!/usr/bin/env node
// Trains a recipe with several seeds and prints how its test accuracy spreads. Needs `npm run build` once.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '@kiln/ir';
import { findRecipe, loadOptdigits, measureSeedSpread } from '@kiln/train';
import { cacheFolder } from './setup/cache-folder.mjs';

const HELP = `Usage: node scripts/seeds.mjs [--count N] [--backend auto|tfjs-node|wasm|cpu] [--keep last|best] [--data DIR]

Trains digits-cnn with the seeds 1 .. N (default 10) and prints each test accuracy, then mean, least, greatest and
standard deviation. Half a minute a seed with tfjs-node, one minute with wasm, on two cores.`;

const percent = (share) => `${(100 * share).toFixed(2)} %`;

const { values } = parseArgs({
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
  const options = { recipe: findRecipe('digits-cnn'), data, backend: values.backend, keep: values.keep };
  const spread = await measureSeedSpread(options, seeds, (seed, accuracy) => {
    console.log(`seed ${String(seed).padStart(2)}  ${percent(accuracy)}`);
  });
  const { mean, minimum, maximum, standardDeviation } = spread;
  console.log(`mean ${percent(mean)}, least ${percent(minimum)}, greatest ${percent(maximum)}`);
  console.log(`standard deviation ${(100 * standardDeviation).toFixed(2)} percentage points`);
}

if (values.help) {
  console.log(HELP);
} else {
  main().catch((error) => {
    console.error(`error ${String(error)}`);
    process.exitCode = error.exitCode ?? 70;
  });
}
