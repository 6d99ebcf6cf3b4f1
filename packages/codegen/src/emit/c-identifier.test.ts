import { expect, test } from 'vitest';
import { cIdentifier, CNames } from './c-identifier.js';

test.each([
  ['dense_1/softmax', 'dense_1_softmax'],
  ['2nd', 'node_2nd'],
  ['int', 'int_'],
  ['class', 'class_'],
  ['__proto__', 'proto'],
  ['../../etc/passwd', 'etc_passwd'],
  ['*/', 'node'],
  ['Größe', 'gro_e'],
  ['', 'node'],
])('%j becomes %j', (text, identifier) => {
  expect(cIdentifier(text, 'node')).toBe(identifier);
});

test('whatever comes in, an identifier comes out that C99 tells apart', () => {
  for (const text of ['x'.repeat(10_000), '??=', 'a\nb', '💥', 'while']) {
    expect(cIdentifier(text, 'node')).toMatch(/^[a-z][a-z0-9_]{0,31}$/);
  }
});

test('a name that is taken gets a number', () => {
  const names = new CNames();
  expect([names.unique('conv', 'n'), names.unique('CONV', 'n'), names.unique('conv', 'n')]).toEqual([
    'conv',
    'conv_2',
    'conv_3',
  ]);
});
