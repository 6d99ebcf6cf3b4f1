#!/usr/bin/env node
// Starts the compiled command line; says what to do where it has not been compiled yet.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);

if (!existsSync(program)) {
  process.stderr.write(
    'error E-NOT-BUILT: kiln: expected packages/cli/dist, found nothing. Build it: node scripts/setup.mjs\n',
  );
  process.exit(3);
}
const { main } = await import(program.href);
process.exitCode = await main(process.argv.slice(2));
