// Prints the sha256 of each file in the folder that KILN_DATA names: another data set is trained anew (an input of Nx's
// cache). The folder in the repository is an input of its own; a folder given by --data is part of the command.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { sha256Of } from './setup/download.mjs';

const folder = process.env['KILN_DATA'];
const files = folder && existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
for (const file of files.filter((entry) => entry.isFile())) {
  console.log(file.name, await sha256Of(join(folder ?? '', file.name)));
}
