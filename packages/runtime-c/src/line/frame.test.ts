import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { randomSource } from '../inputs.js';
import { FrameReader, checksumOf, encodeFrame } from './frame.js';
import type { Frame } from './frame.js';

const FRAME: Frame = { type: 3, sequence: 7, argument: 5, payload: Uint8Array.of(0, 0x7e, 0x7d, 0x5e, 0xff) };

/** A frame of random bytes, many of them flags and escapes. */
function randomFrame(next: () => number): Frame {
  const byte = (): number => (next() < 0.2 ? 0x7d + Math.floor(next() * 2) : Math.floor(next() * 256));
  const payload = Uint8Array.from({ length: Math.floor(next() * 40) }, byte);
  return { type: byte(), sequence: byte(), argument: byte(), payload };
}

test('the checksum is the CRC-32 of ISO 3309', () => {
  // Its value for the digits 1 to 9 is the check of every catalogue of checksums.
  expect(checksumOf(Buffer.from('123456789'))).toBe(0xcbf43926);
});

test.skipIf(crc32 === undefined)('the checksum is that of zlib', () => {
  const next = randomSource(1);
  for (let i = 0; i < 50; i++) {
    const bytes = Uint8Array.from({ length: i }, () => Math.floor(next() * 256));
    expect(checksumOf(bytes)).toBe(crc32(bytes));
  }
});

test('a frame that was encoded is read again, whatever bytes it holds', () => {
  const next = randomSource(2);
  const reader = new FrameReader();
  for (let i = 0; i < 300; i++) {
    const frame = randomFrame(next);
    expect(reader.push(encodeFrame(frame))).toEqual([frame]);
  }
});

test('frames come out of pieces of any length', () => {
  const next = randomSource(3);
  const frames = Array.from({ length: 40 }, () => randomFrame(next));
  const line = Buffer.concat(frames.map(encodeFrame));
  const reader = new FrameReader();
  const found: Frame[] = [];
  for (let at = 0; at < line.length;) {
    const size = 1 + Math.floor(next() * 9);
    found.push(...reader.push(line.subarray(at, at + size)));
    at += size;
  }
  expect(found).toEqual(frames);
});

describe('whatever else is on the line', () => {
  test.each([
    ['a banner', Buffer.from('\r\ntiny on a board. Self-test: passed\r\n')],
    ['half a frame', encodeFrame(FRAME).subarray(0, 9)],
    ['a frame without its end', encodeFrame(FRAME).subarray(0, -1)],
    ['an escape', Uint8Array.of(0x7d)],
    ['flags', Uint8Array.of(0x7e, 0x7e, 0x7e)],
    ['a frame of another version', encodeVersion(2)],
    ['a megabyte of noise', noise(1 << 20)],
  ])('%s is passed over', (_what, before) => {
    const reader = new FrameReader();
    reader.push(before);
    const found = reader.push(encodeFrame(FRAME));
    expect(found.at(-1)).toEqual(FRAME);
  });

  test('a frame with any one bit turned over is not taken for another', () => {
    const line = encodeFrame(FRAME);
    for (let bit = 8; bit < 8 * (line.length - 1); bit++) {
      const damaged = Uint8Array.from(line);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(new FrameReader().push(damaged)).toEqual([]);
    }
  });
});

/** A frame that would be whole but for its version. */
function encodeVersion(version: number): Uint8Array {
  const body = Uint8Array.of(version, 3, 7, 5, 0, 0, 0, 0, 0, 0, 0, 0);
  new DataView(body.buffer).setUint32(8, checksumOf(body.subarray(0, 8)), true);
  return Uint8Array.of(0x7e, ...body, 0x7e);
}

function noise(length: number): Uint8Array {
  const next = randomSource(4);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}
