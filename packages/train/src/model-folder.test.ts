import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkModelFolder, writeModelFolder } from './model-folder.js';

const OURS = JSON.stringify({ userDefinedMetadata: { kiln: {} } });

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'kiln-model-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

test('a folder is written, with the folders above it, and nothing else stays beside it', () => {
  const folder = path.join(parent, 'a/b/model');
  checkModelFolder(folder);
  expect(existsSync(folder)).toBe(false);
  writeModelFolder(folder, new Map([['model.json', OURS]]));
  expect(contentOf(folder)).toEqual({ 'model.json': OURS });
  expect(readdirSync(path.dirname(folder))).toEqual(['model']);
  expect(statSync(folder).mode & 0o777).toBe(0o777 & ~process.umask());
});

test('an empty folder and an older model of ours are replaced as a whole', () => {
  const folder = path.join(parent, 'model');
  mkdirSync(folder);
  writeModelFolder(
    folder,
    new Map([
      ['model.json', OURS],
      ['weights.bin', 'old'],
    ]),
  );
  checkModelFolder(folder);
  expect(contentOf(folder)['weights.bin']).toBe('old');
  writeModelFolder(folder, new Map([['model.json', OURS]]));
  expect(contentOf(folder)).toEqual({ 'model.json': OURS });
  expect(readdirSync(parent)).toEqual(['model']);
});

test.each([
  ['a file of another kind', { 'thesis.txt': 'years' }],
  ['a model of somebody else', { 'model.json': '{"format":"layers-model"}', 'weights.bin': 'theirs' }],
  ['a model.json that is not JSON', { 'model.json': 'model' }],
  ['a model of ours with a note in it', { 'model.json': OURS, 'notes.md': 'mine' }],
])('a folder that holds %s is refused and left as it is', (_, files) => {
  const folder = path.join(parent, 'model');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  const refusal = expect.objectContaining({ code: 'E-OUTPUT-NOT-OURS', where: folder });
  expect(() => checkModelFolder(folder)).toThrow(refusal);
  expect(() => writeModelFolder(folder, new Map([['model.json', OURS]]))).toThrow(refusal);
  expect(contentOf(folder)).toEqual(files);
  expect(readdirSync(parent)).toEqual(['model']);
});

test('a file where the folder should be is refused and left as it is', () => {
  const file = path.join(parent, 'model');
  writeFileSync(file, 'a file');
  expect(() => checkModelFolder(file)).toThrow(expect.objectContaining({ code: 'E-OUTPUT-NOT-OURS' }));
  expect(readFileSync(file, 'utf8')).toBe('a file');
});

test('what the file system refuses is an error that names the folder, and nothing is left', () => {
  writeFileSync(path.join(parent, 'file'), '');
  const below = path.join(parent, 'file/model');
  const refusal = { code: 'E-OUTPUT-NOT-WRITABLE', exitCode: 1, where: below };
  expect(() => checkModelFolder(below)).toThrow(expect.objectContaining(refusal));
  expect(() => writeModelFolder(below, new Map())).toThrow(expect.objectContaining(refusal));
  const folder = path.join(parent, 'model');
  const tooLong = new Map([
    ['model.json', OURS],
    ['x'.repeat(300), ''],
  ]);
  expect(() => writeModelFolder(folder, tooLong)).toThrow(expect.objectContaining({ code: 'E-OUTPUT-NOT-WRITABLE' }));
  expect(readdirSync(parent)).toEqual(['file']);
});
