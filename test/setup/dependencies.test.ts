import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Every package of others that some package.json names, with its version. */
function namedDependencies(): [string, string][] {
  const manifests = ['', ...readdirSync(`${PROJECT}packages`).map((name) => `packages/${name}/`)];
  return manifests.flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(`${PROJECT}${folder}package.json`, 'utf8')) as Manifest;
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    return Object.entries(all).filter(([name]) => !name.startsWith('@kiln/'));
  });
}

test('docs/dependencies.md gives a reason for each dependency, and for nothing else', () => {
  const text = readFileSync(`${PROJECT}docs/dependencies.md`, 'utf8');
  const listed = [...text.matchAll(/^\| `([^`]+)` +\| \w.{9,}\|$/gm)].map((match) => match[1]);
  const named = [...new Set(namedDependencies().map(([name]) => name))];
  expect(listed.sort()).toEqual(named.sort());
});

test('each dependency is pinned to one version', () => {
  const loose = namedDependencies().filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  expect(loose).toEqual([]);
});
