import { expect, test } from 'vitest';
import { randomInt32 } from '../testing/random-int32.js';
import { cAnyFloat, cComment, cFloat, cInt, cPlus, cString, cValues } from './c-literal.js';

test('every float32 reads back as the same bits', () => {
  const random = randomInt32(3);
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const wrong: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    bits[0] = random();
    const value = float[0]!;
    if (!Number.isFinite(value)) continue;
    const text = cFloat(value);
    const isFloatLiteral = /^-?\d+(\.\d+)?(e[+-]\d+)?f$/.test(text) && /[.e]/.test(text);
    if (!isFloatLiteral || !Object.is(Math.fround(Number(text.slice(0, -1))), value)) wrong.push(text);
  }
  expect(wrong).toEqual([]);
});

test.each([
  [0.1, '0.1f'],
  [1, '1.0f'],
  [-0, '-0.0f'],
  [16777216, '16777216.0f'],
])('%d', (value, text) => {
  expect(cFloat(Math.fround(value))).toBe(text);
});

test('what is no int32 or no finite float32 is a defect, not C', () => {
  expect(() => cInt(2 ** 31)).toThrow();
  expect(() => cInt(0.5)).toThrow();
  expect(() => cFloat(Number.NaN)).toThrow();
  expect(() => cFloat(0.1)).toThrow();
});

test('tables hold what is no finite number as well', () => {
  expect([Infinity, -Infinity, Number.NaN, 0.5].map(cAnyFloat)).toEqual(['INFINITY', '-INFINITY', 'NAN', '0.5f']);
});

test('the least int32 is written so that C reads it', () => {
  expect(cInt(-(2 ** 31))).toBe('(-2147483647 - 1)');
  expect([cPlus(3), cPlus(-3), cPlus(0)]).toEqual([' + 3', ' - 3', '']);
});

test('nothing written in a name ends a comment, a string or a line', () => {
  for (const name of ['*/ int x; /*', 'a\nb', '??/', '"; system("rm"); "', '\\', '\u2028', '\u001b[2J', 'ä🙂']) {
    expect(cComment(name)).not.toMatch(/\*\/|\/\*|[\n\r\\\u2028\p{Cc}]|\?\?/u);
    expect(cString(name)).toMatch(/^"[ -!#-[\]-~]*"$/);
    expect(cString(name)).not.toContain('??');
  }
  expect(cComment('x'.repeat(10_000)).length).toBeLessThanOrEqual(200);
});

test('values stay within the line length', () => {
  const lines = cValues(Int32Array.from({ length: 100 }, (_, i) => -(2 ** 30) + i)).split('\n');
  expect(lines.every((line) => line.length <= 120)).toBe(true);
  expect(lines.join('').match(/,/g)).toHaveLength(100);
});
