#!/usr/bin/env node
// Starts the compiled command line; says what to do where it has not been compiled yet.
import { existsSync, statSync } from 'node:fs';

const modules = new URL('../dist/main.js', import.meta.url);
const bundle = new URL('../dist/bundle/main.js', import.meta.url);
const PACKAGES = ['ir', 'formats', 'codegen', 'runtime-c', 'train', 'cli'];

if (!existsSync(modules)) {
  process.stderr.write(
    'error E-NOT-BUILT: kiln: expected packages/cli/dist, found nothing. Build it: node scripts/setup.mjs\n',
  );
  process.exit(3);
}
/** When a file was written, or the beginning of time. */
const timeOf = (url) => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const compiled = PACKAGES.map((name) => timeOf(new URL(`../../${name}/dist/.tsbuildinfo`, import.meta.url)));
const program = timeOf(bundle) > Math.max(...compiled) ? bundle : modules;
const { main } = await import(program.href);
process.exitCode = await main(process.argv.slice(2));
