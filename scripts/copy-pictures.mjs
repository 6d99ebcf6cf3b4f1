// Renews the pictures that docs/digits.md shows from those that `kiln walk` drew, and says which figures its table is to have.
//
//   npx kiln walk --json > out/walk.json && node scripts/copy-pictures.mjs [FOLDER]     without a word out/walk
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const walk = process.argv[2] ?? 'out/walk';
const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images', 'digits');
const page = readFileSync(join(root, 'docs', 'digits.md'), 'utf8');
const shown = [...page.matchAll(/images\/digits\/([a-z0-9]+)-([\w-]+)\.svg/g)].map(([, folder, name]) => ({
  from: join(walk, 'pictures', String(folder), `${name}.svg`),
  file: `${folder}-${name}.svg`,
}));
const missing = shown.filter(({ from }) => !existsSync(from)).map(({ from }) => from);
if (missing.length > 0) {
  console.error(`error E-PICTURE-MISSING: ${missing.join(', ')}: expected a picture. Type: npx kiln walk`);
  process.exit(1);
}
mkdirSync(images, { recursive: true });
for (const { from, file } of shown) copyFileSync(from, join(images, file));
for (const file of readdirSync(images)) {
  if (!shown.some((picture) => picture.file === file)) rmSync(join(images, file));
}
console.log(`pictures  docs/images/digits (${shown.length})`);
