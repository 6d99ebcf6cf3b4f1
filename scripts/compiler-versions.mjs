// Prints which C compilers and emulators there are: what was compiled with others is compiled again (an input of Nx's cache).
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { BOARD_TOOLS, COMPILERS, findTool, identityOf } from './setup/probe-tools.mjs';

for (const tool of [...COMPILERS, ...BOARD_TOOLS]) {
  const path = findTool(tool, process.env);
  console.log(path === undefined ? `${tool}: none` : `${tool}: ${identityOf(realpathSync(path))}`);
}
