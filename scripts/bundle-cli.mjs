// Puts the modules of the command line into a few files, from what tsc has written: six hundred small ones take longer to open than
// to run. packages/cli/bin/kiln.js takes the bundle while it is newer than everything that was compiled, and else the modules.
//
//   node scripts/bundle-cli.mjs
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { relative, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const entry = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const bundle = fileURLToPath(new URL('../packages/cli/dist/bundle', import.meta.url));
const staging = `${bundle}.${process.pid}`;

/** Kiln's own packages and zod's hundred files go into the bundle; other packages stay where they are. @type {import('esbuild').Plugin} */
const othersStayOutside = {
  name: 'others-stay-outside',
  setup: (bundling) =>
    bundling.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || /^(@kiln\/|zod($|\/))/.test(path) ? null : { path, external: true },
    ),
};

/** A module still finds the files that lie beside it: templates, boards, the trainer's packages. @type {import('esbuild').Plugin} */
const modulesKnowTheirPlace = {
  name: 'modules-know-their-place',
  setup: (bundling) =>
    bundling.onLoad({ filter: /[\\/]packages[\\/]\w[\w-]*[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return null;
      const place = JSON.stringify(relative(bundle, path).split(sep).join('/'));
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), loader: 'js' };
    }),
};

try {
  await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: staging,
    // Passes are known by the names of their functions.
    keepNames: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [othersStayOutside, modulesKnowTheirPlace],
  });
  rmSync(bundle, { recursive: true, force: true });
  renameSync(staging, bundle);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
