import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareWithLock } from '../../scripts/setup/step-packages.mjs';

const LOCKED = {
  '': {},
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0' },
  'node_modules/only-on-macos': { version: '1.0.0', optional: true },
};
const INSTALLED = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kiln-packages-'));
  write('package-lock.json', LOCKED);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, packages: object): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify({ packages }));
}

function install(packages: object): void {
  for (const path of Object.keys(packages)) write(`${path}/package.json`, {});
  write('node_modules/.package-lock.json', packages);
}

test('what is installed as locked is whole, without the packages of other systems', () => {
  install(INSTALLED);
  expect(compareWithLock(root)).toEqual({ count: 3, fault: undefined });
});

test('a fresh clone has none', () => {
  expect(compareWithLock(root).fault).toBe('none installed');
});

test('an npm ci that was interrupted is not taken for a whole one', () => {
  write('node_modules/a/package.json', {});
  write('node_modules/b/package.json', {});
  expect(compareWithLock(root).fault).toBe('an installation that did not end');
});

test('another version, a package too few and a package that was deleted are seen', () => {
  install({ ...INSTALLED, 'node_modules/b': { version: '2.0.1' } });
  expect(compareWithLock(root).fault).toBe('node_modules/b is not of the version in package-lock.json');
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect(compareWithLock(root).fault).toBe('node_modules/b is not of the version in package-lock.json');
  install(INSTALLED);
  rmSync(join(root, 'node_modules/a'), { recursive: true });
  expect(compareWithLock(root).fault).toBe('node_modules/a is not on the disk');
});

test("the project's own lock lists the optional packages of every system, as npm ci demands", () => {
  interface Entry {
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const lock = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = JSON.parse(lock) as { packages: Record<string, Entry> };
  const unlisted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(unlisted).toEqual([]);
});
