import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { SetupError } from './setup-error.mjs';

/** Kiln itself, compiled from TypeScript to JavaScript. @type {import('./main.mjs').Step} */
export const build = {
  name: 'build',
  needed: true,

  check({ root, memory }) {
    const isCurrent = memory.recall('build') === fingerprint(root);
    const found = 'packages/*/dist';
    return Promise.resolve(
      isCurrent ? { done: true, found } : { done: false, missing: 'the sources have changed since it was built' },
    );
  },

  async install({ root, reporter, signal, memory, env }) {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const before = fingerprint(root);
    const meter = reporter.spinner('build');
    /** @param {string} script @param {string[]} words */
    const node = (script, ...words) => runChild(process.execPath, [script, ...words], { cwd: root, env, signal });
    const compile = async () => {
      const compiled = await node(compiler, '-b');
      // Without the bundle the command line starts more slowly, and that is all.
      const bundler = join(root, 'scripts/bundle-cli.mjs');
      if (compiled.code === 0 && existsSync(bundler)) await node(bundler);
      return compiled;
    };
    const result = await compile().finally(meter.end);
    if (result.code !== 0) {
      throw new SetupError(
        'E-BUILD',
        'tsc -b',
        `the sources do not compile:\n${result.output.trim()}`,
        'Correct them',
        1,
      );
    }
    // What changed while it was built is built the next time.
    memory.note('build', before.replace(OUTPUTS_MISSING, ''));
    return { detail: 'built' };
  },
};

const OUTPUTS_MISSING = /^missing /;

/**
 * One hash over the paths, sizes and times of all sources; marked if a package's output is not there.
 *
 * @param {string} root
 * @returns {string}
 */
function fingerprint(root) {
  const hash = createHash('sha256');
  let isWhole = true;
  /** @param {string} path */
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const file of ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json']) add(file);
  for (const name of referencedProjects(root)) {
    const entry = ['index.js', 'main.js'].some((file) => existsSync(join(root, name, 'dist', file)));
    isWhole &&= entry && existsSync(join(root, name, 'dist/.tsbuildinfo'));
    for (const file of ['package.json', 'tsconfig.json']) add(join(name, file));
    const folder = join(root, name, 'src');
    const sources = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
    for (const source of sources.filter((file) => file.endsWith('.ts')).sort()) add(join(name, 'src', source));
  }
  return `${isWhole ? '' : 'missing '}${hash.digest('hex')}`;
}

/** @param {string} root */
function referencedProjects(root) {
  /** @type {{ references: { path: string }[] }} */
  const config = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return config.references.map((reference) => reference.path);
}
