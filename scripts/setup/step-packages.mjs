import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from './run-child.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, bin?: string | Record<string, string> }} LockedPackage
 */

/** The npm packages of the project. @type {import('./main.mjs').Step} */
export const packages = {
  name: 'npm packages',
  needed: true,

  check({ root }) {
    const { count, fault } = compareWithLock(root);
    if (fault !== undefined) return Promise.resolve({ done: false, missing: fault });
    const unlinked = unlinkedPrograms(root).map(({ name }) => name);
    if (unlinked.length > 0) return Promise.resolve({ done: false, missing: `not linked: ${unlinked.join(', ')}` });
    return Promise.resolve({ done: true, found: `${count} packages` });
  },

  async install({ root, reporter, signal, env }) {
    const { count, fault: before } = compareWithLock(root);
    if (before !== undefined) {
      reporter.say(`npm packages: installing ${count} (TensorFlow.js, the TypeScript compiler, the test runner)`);
      reporter.say('  with npm ci; about 600 MB on disk, half a minute');
      const meter = reporter.spinner('npm ci');
      const args = [
        ...npmArgs(),
        'ci',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--fetch-retry-mintimeout=1000',
        '--fetch-retry-maxtimeout=4000',
      ];
      const result = await runChild(npm(), args, { cwd: root, env, signal }).finally(meter.end);
      const fault = result.code === 0 ? compareWithLock(root).fault : npmFault(result.output);
      if (fault !== undefined) {
        throw new SetupError(
          'E-NPM-CI',
          'npm ci',
          fault,
          'Check the network and the disk, then run the same command again',
        );
      }
    }
    for (const { link, target } of unlinkedPrograms(root)) symlinkSync(target, link);
    return { detail: `installed ${count}` };
  },
};

/**
 * The lines of npm's output that say what is wrong, on one line.
 *
 * @param {string} output
 */
function npmFault(output) {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim());
  const said = lines.filter((line) => line !== '' && !/^(npm warn|A complete log)/.test(line));
  const plain = said.filter((line) => !/^(code|syscall|errno) /.test(line));
  return (plain.length > 0 ? plain : said).slice(0, 3).join('; ').replace(/\.$/, '');
}

/** npm itself as Node.js runs it: beside the Node.js in use rather than what PATH happens to name. */
function npmScript() {
  const folder = dirname(process.execPath);
  const candidates = [process.env['npm_execpath'], join(folder, '../lib/node_modules/npm/bin/npm-cli.js')];
  return candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
}

function npm() {
  return npmScript() === undefined ? 'npm' : process.execPath;
}

function npmArgs() {
  const script = npmScript();
  return script === undefined ? [] : [script];
}

/**
 * Compares what is installed with `package-lock.json`.
 *
 * npm writes `node_modules/.package-lock.json` last of all, so an installation that was cut short has none. Each package
 * must be listed there in the locked version and lie on the disk; a package for another system (`optional`) may be absent.
 *
 * @param {string} root
 * @returns {{ count: number, fault: string | undefined }}
 */
export function compareWithLock(root) {
  const locked = lockedPackages(join(root, 'package-lock.json'));
  if (locked === undefined) return { count: 0, fault: 'package-lock.json cannot be read' };
  const wanted = Object.entries(locked).filter(([path]) => path.startsWith('node_modules/'));
  const installed = lockedPackages(join(root, 'node_modules/.package-lock.json'));
  const count = wanted.length;
  if (installed === undefined) {
    const fault = existsSync(join(root, 'node_modules')) ? 'an installation that did not end' : 'none installed';
    return { count, fault };
  }
  for (const [path, entry] of wanted) {
    const found = installed[path];
    if (found === undefined && entry.optional === true) continue;
    if (found?.version !== entry.version) return { count, fault: `${path} is not of the version in package-lock.json` };
    if (!existsSync(join(root, path, 'package.json'))) return { count, fault: `${path} is not on the disk` };
  }
  return { count, fault: undefined };
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined}
 */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * The workspaces' own programs (`npx kiln`) that npm has not linked, as it does not where a program is new.
 *
 * @param {string} root
 */
function unlinkedPrograms(root) {
  /** @type {{ name: string, link: string, target: string }[]} */
  const unlinked = [];
  for (const [path, { bin }] of Object.entries(lockedPackages(join(root, 'package-lock.json')) ?? {})) {
    if (!path.startsWith('packages/') || typeof bin !== 'object') continue;
    for (const [name, file] of Object.entries(bin)) {
      const link = join(root, 'node_modules/.bin', name);
      if (!existsSync(link)) unlinked.push({ name, link, target: join('../..', path, file) });
    }
  }
  return unlinked;
}
