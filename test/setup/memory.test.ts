import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Memory } from '../../scripts/setup/memory.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kiln-memory-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a failure is remembered by the next run, in the same circumstances', () => {
  new Memory(root).noteFailure('tensorflow', 'node 20, no g++', 'no compiler', 10);
  expect(new Memory(root).failure('tensorflow', 'node 20, no g++')).toBe('no compiler');
  expect(new Memory(root).failure('tensorflow', 'node 20, g++')).toBeUndefined();
  expect(new Memory(root).failure('apt', 'node 20, no g++')).toBeUndefined();
});

test('a failure is believed for its time only', () => {
  new Memory(root).noteFailure('tensorflow', '', 'no network', -1);
  expect(new Memory(root).failure('tensorflow', '')).toBeUndefined();
});

test('before npm ci nothing is written', () => {
  rmSync(join(root, 'node_modules'), { recursive: true });
  new Memory(root).note('tools', {});
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});

test('a memory that cannot be read is an empty one', () => {
  const { path } = new Memory(root);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{"build":"12');
  expect(new Memory(root).recall('build')).toBeUndefined();
});
