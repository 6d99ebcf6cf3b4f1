// Times `kiln compile`, one process for each model, and measures the memory it needs at most.
//
//   node scripts/bench-compile.mjs FILE.tflite [FILE.tflite ...] [--runs 3]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals: models } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
});
const runs = Number(values.runs);
if (models.length === 0 || !Number.isInteger(runs) || runs < 1) {
  console.error('usage: node scripts/bench-compile.mjs FILE.tflite [FILE.tflite ...] [--runs 3]');
  process.exit(2);
}

const kiln = fileURLToPath(new URL('../packages/cli/bin/kiln.js', import.meta.url));
/** Tells the peak of its memory on file descriptor 3 when it ends. */
const meter = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));",
)}`;

/** Seconds and megabytes of one compilation. */
function measure(model) {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-bench-'));
  const start = process.hrtime.bigint();
  const { status, stderr, output } = spawnSync(
    process.execPath,
    ['--import', meter, kiln, 'compile', model, '-o', folder, '--quiet'],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], encoding: 'utf8' },
  );
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0) throw new Error(`${model}: ${stderr}`);
  return { seconds, megabytes: Number(output[3]) / 1024 };
}

let total = 0;
console.log(`${'model'.padEnd(36)} median s   peak MB`);
for (const model of models) {
  const measured = Array.from({ length: runs }, () => measure(model));
  const seconds = measured.map((one) => one.seconds).sort((a, b) => a - b)[Math.floor(runs / 2)];
  total += seconds;
  const megabytes = Math.max(...measured.map((one) => one.megabytes));
  console.log(`${basename(model).padEnd(36)} ${seconds.toFixed(2).padStart(8)} ${megabytes.toFixed(0).padStart(9)}`);
}
console.log(`${'all'.padEnd(36)} ${total.toFixed(2).padStart(8)}`);
