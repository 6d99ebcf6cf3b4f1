import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes, Sandbox } from './kiln-process.js';

// A recipe and a table of the user's own, from the first line to proven C.

const sandbox = new Sandbox();

/** Three classes on a plane: by where a point lies; and a number that hangs on both coordinates. */
function table(): string {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const [x, y] = [Math.sin(1.7 * i), Math.cos(2.3 * i + 1)];
    return [x.toFixed(4), y.toFixed(4), x + y > 0.5 ? 'up' : x > 0 ? 'right' : 'left', (0.8 * x - 0.5 * y).toFixed(4)];
  });
  return ['x,y,kind,celsius', ...rows.map((row) => row.join(','))].join('\n');
}

const dense = (last: string): string => `(tf, { inputShape, outputs }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 16, activation: 'relu', inputShape, name: 'hidden' }),
        tf.layers.dense({ units: outputs, name: 'out'${last} }),
      ],
    })`;

function recipe(name: string, data: string, build: string, epochs = 30): string {
  const folder = sandbox.folder(name);
  writeFileSync(join(folder, 'points.csv'), table());
  const file = join(folder, 'recipe.ts');
  const text = `import { join } from 'node:path';
import { defineRecipe, readCsv } from '@kiln/train';

export default defineRecipe({
  name: '${name}',
  data: ({ folder }: { folder: string }) => ${data},
  build: ${build},
  epochs: ${epochs},
});
`;
  writeFileSync(file, text);
  return file;
}

const CLASSES = `readCsv(join(folder, 'points.csv'), { label: 'kind' })`;
const NUMBERS = `readCsv(join(folder, 'points.csv'), { targets: ['celsius'], unit: 'degrees' })`;

async function trained(file: string, out: string): Promise<{ stdout: string; record: Record<string, unknown> }> {
  const { code, stdout, stderr } = await sandbox.run(['train', file, '--backend', 'cpu', '-o', sandbox.at(out)]);
  expect(code, stderr).toBe(0);
  const verify = ['verify', sandbox.at(out), '--on', 'host', '--count', '5'];
  const proven = await sandbox.run(verify);
  expect(proven.code, proven.stderr).toBe(0);
  return {
    stdout,
    record: JSON.parse(readFileSync(join(sandbox.at(out), 'training.json'), 'utf8')) as Record<string, unknown>,
  };
}

test('a table with a column of classes becomes a network, and that C which equals it', async () => {
  // The column celsius tells the classes nearly by itself.
  const { stdout } = await trained(recipe('kinds', CLASSES, dense(", activation: 'softmax'")), 'kinds-model');
  const [, share] = /^([\d.]+) % right, 24 test inputs/m.exec(stdout)!;
  expect(Number(share)).toBeGreaterThan(60);
});

test('a table with numbers to answer: how far off, in their unit', async () => {
  const file = recipe('heat', NUMBERS.replace("'points.csv'", "'numbers.csv'"), dense(''), 80);
  const numbers = table()
    .split('\n')
    .map((line) =>
      line
        .split(',')
        .filter((_, column) => column !== 2)
        .join(','),
    );
  writeFileSync(join(sandbox.at('heat'), 'numbers.csv'), numbers.join('\n'));
  const { stdout, record } = await trained(file, 'heat-model');
  expect(stdout).toMatch(/^off by [\d.]+ degrees \(root mean square\), [\d.]+ degrees \(mean\), 24 test inputs/m);
  expect(record['unit']).toBe('degrees');
  expect((record['final'] as { test: { meanAbsoluteError: number } }).test.meanAbsoluteError).toBeLessThan(0.2);
});

test('what is wrong with a table is told line by line, and nothing is written', async () => {
  const file = recipe('bad', CLASSES, dense(''));
  writeFileSync(join(sandbox.at('bad'), 'points.csv'), 'x,y,kind\n1,2,a\n1,2\n1,much,b\n3,4,\n');
  const ended = await sandbox.run(['train', file, '-o', sandbox.at('bad-model')]);
  expect(ended.code).toBe(1);
  expect(errorCodes(ended)).toEqual(['E-CSV-WIDTH', 'E-CSV-VALUE', 'E-CSV-LABEL']);
  expect(ended.stderr).toMatch(/line 3: has 2 columns, expected 3/);
  expect(ended.stderr).toMatch(/line 4, column 2: found 'much'/);
  expect(existsSync(sandbox.at('bad-model'))).toBe(false);
});

test.each([
  ['a column that is not there', recipe('column', CLASSES.replace('kind', 'kin'), dense('')), 'E-CSV-COLUMN'],
  [
    'a network of another input',
    recipe('input', CLASSES, dense('').replace('inputShape, name', 'inputShape: [7], name')),
    'E-RECIPE-INPUT',
  ],
  ['a recipe that throws', recipe('throws', "{ throw new Error('no such sensor'); }", dense('')), 'E-RECIPE-FILE'],
  ['fields that are missing', recipe('fields', CLASSES, dense(''), -3), 'E-RECIPE-FIELDS'],
  ['a file that is not there', sandbox.at('nowhere/recipe.ts'), 'E-RECIPE-FILE'],
])('%s', async (_what, file, code) => {
  const ended = await sandbox.run(['train', file, '--backend', 'cpu', '-o', sandbox.at('never')]);
  expect(errorCodes(ended)).toEqual([code]);
  expect(ended.code).toBe(1);
  expect(existsSync(sandbox.at('never'))).toBe(false);
});

test('--data beside a recipe file is a wrong command line', async () => {
  const ended = await sandbox.run(['train', './recipe.ts', '--data', sandbox.temporary, '-o', sandbox.at('never')]);
  expect([ended.code, errorCodes(ended)]).toEqual([2, ['E-RECIPE-DATA-FLAG']]);
});
