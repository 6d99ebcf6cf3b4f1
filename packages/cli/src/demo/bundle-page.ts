import { build, type Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** Where the page's own script begins. */
const ENTRY = fileURLToPath(new URL('../../page/main.ts', import.meta.url));

/** What the page needs of Kiln's packages needs no package of others; what it does not need is shaken off. */
const othersStayOutside: Plugin = {
  name: 'others-stay-outside',
  setup: (bundling) =>
    bundling.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@kiln/') ? null : { path, external: true, sideEffects: false },
    ),
};

/** The page's script as one text, without imports. */
export async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    tsconfigRaw: {},
    plugins: [othersStayOutside],
  });
  return outputFiles[0]!.text;
}
