// Measures what the networks of test/size cost on emulated boards, and writes the figures down that its test holds later
// measurements against. Instructions are counted exactly, so that a second run changes nothing.
//
//   npm run size
//   npm run size -- "rolled rows"     adds them to test/size/history.csv too, and draws docs/images/size-history.svg
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync('npx', ['vitest', 'run', 'test/size/budgets.test.ts'], {
  cwd: root,
  env: { ...process.env, KILN_RENEW_FIGURES: '1', KILN_CHANGE: process.argv.slice(2).join(' ') },
  stdio: 'inherit',
});
process.exit(status ?? 1);
