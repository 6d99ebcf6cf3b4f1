import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Ended, errorCodes, Sandbox } from './kiln-process.js';

const sandbox = new Sandbox();
let count = 0;

/** Rows that are well formed: `count` of them, of all ten classes. */
function rows(number: number): string[] {
  return Array.from({ length: number }, (_, row) =>
    [...Array.from({ length: 64 }, (_x, i) => (i * row) % 17), row % 10].join(','),
  );
}

/** A data folder with these rows; vouched for, so that the checksum is no news. */
function dataFolder(train: readonly string[], test_: readonly string[] = rows(20), vouched = true): string {
  const folder = sandbox.folder(`data-${count++}`);
  const files = { 'optdigits.tra': `${train.join('\n')}\n`, 'optdigits.tes': `${test_.join('\n')}\n` };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const sums = Object.entries(files).map(
    ([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}\n`,
  );
  if (vouched) writeFileSync(join(folder, 'optdigits.sha256'), sums.join(''));
  return folder;
}

const train = (folder: string, env: Record<string, string> = {}): Promise<Ended> =>
  sandbox.run(
    ['train', '--epochs', '1', '--quiet', '-o', sandbox.at('out'), ...(folder === '' ? [] : ['--data', folder])],
    { env },
  );

function expectErrors(ended: Ended, ...codes: string[]): void {
  expect({ code: ended.code, stdout: ended.stdout, codes: errorCodes(ended) }).toEqual({ code: 1, stdout: '', codes });
  expect(existsSync(sandbox.at('out'))).toBe(false);
}

test('a data folder that is not there is named, by --data and by KILN_DATA', async () => {
  const folder = sandbox.at('nowhere');
  for (const ended of [await train(folder), await train('', { KILN_DATA: folder })]) {
    expectErrors(ended, 'E-DATA-FILE', 'E-DATA-FILE');
    expect(ended.stderr).toMatch(/nowhere\/optdigits\.tra: is missing[^]*nowhere\/optdigits\.tes: is missing/);
  }
});

test('bad rows are all named with line, expectation and finding', async () => {
  const bad = rows(30);
  bad[2] = bad[2]!.replace(/^[^,]*/, '17');
  bad[4] = '1,2,3';
  bad[6] = bad[6]!.replace(/[^,]*$/, '10');
  bad[8] = bad[8]!.replace(/^[^,]*/, 'x\u001b[2J');
  const ended = await train(dataFolder(bad));
  expectErrors(ended, ...Array.from({ length: 4 }, () => 'E-DATA-ROW'));
  expect(ended.stderr).toMatch(/optdigits\.tra:3: pixel 1 is '17', expected a whole number from 0 to 16/);
  expect(ended.stderr).toMatch(/optdigits\.tra:5: has 3 numbers, expected 65/);
  expect(ended.stderr).toMatch(/optdigits\.tra:7: the class is '10', expected a whole number from 0 to 9/);
  expect(ended.stderr).not.toContain('\u001b');
});

test('of more than twenty bad rows the first twenty are named and the rest counted, for both files', async () => {
  const bad = rows(50).map((row, i) => (i < 33 ? `${row},1` : row));
  const ended = await train(dataFolder(bad, bad));
  const oneFile = [...Array.from({ length: 20 }, () => 'E-DATA-ROW'), 'E-DATA-ROWS'];
  expectErrors(ended, ...oneFile, ...oneFile);
  expect(ended.stderr.match(/13 more bad rows, 33 of 50/g)).toHaveLength(2);
});

test('a checksum that does not match is an error with both values', async () => {
  const ended = await train(dataFolder(rows(40), rows(20), false));
  expectErrors(ended, 'E-DATA-CHECKSUM', 'E-DATA-CHECKSUM');
  expect(ended.stderr).toMatch(/has sha256 [0-9a-f]{64}, expected e1b683cc/);
});

test('an empty file, and a class without rows, are an error', async () => {
  expectErrors(await train(dataFolder([''], rows(20))), 'E-DATA-EMPTY');
  const ended = await train(dataFolder(rows(40).filter((row) => !row.endsWith(',7'))));
  expectErrors(ended, 'E-DATA-CLASS');
  expect(ended.stderr).toContain('no row of class 7');
});
