// Runs the checks of the sources, two at a time, and shows the output of those that fail.
//
//   npm run check                 all of them
//   npm run check -- lint links   some of them
import { spawn } from 'node:child_process';
import process from 'node:process';

/** The longest first, so that two processors finish together. */
const CHECKS = {
  lint: ['eslint', '.', '--max-warnings=0'],
  types: ['tsc', '-b', 'tsconfig.json', 'packages/cli/page'],
  'test-types': ['tsc', '-p', 'test/tsconfig.json'],
  format: ['prettier', '--check', '--cache', '--log-level=warn', '.'],
  unused: ['knip', '--no-progress', '--no-config-hints'],
  links: ['remark', '--frail', '--quiet', '--no-stdout', '--no-color', '.'],
};
const AT_ONCE = 2;

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in CHECKS));
if (unknown !== undefined) {
  console.error(`error E-CHECK: '${unknown}' is no check; expected ${Object.keys(CHECKS).join(', ')}`);
  process.exit(2);
}
const waiting = Object.entries(CHECKS).filter(([name]) => names.length === 0 || names.includes(name));
let failed = 0;
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(failed === 0 ? 'All checks passed' : `${failed} of the checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const started = Date.now();
    const { code, output } = await run(next[1]);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${next[0].padEnd(12)}${seconds} s`);
    if (code === 0) continue;
    failed += 1;
    console.log(output.trimEnd());
  }
}

/**
 * @param {string[]} command a program of node_modules/.bin and its arguments
 * @returns {Promise<{ code: number, output: string }>}
 */
function run([program = '', ...args]) {
  return new Promise((resolve) => {
    const child = spawn(`node_modules/.bin/${program}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
