import { expect, test } from 'vitest';
import { flexbufferInteger } from './flexbuffer.js';

/** What Python's `flexbuffers.Builder` wrote. */
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const MAPS = {
  one: hex('6379636c65735f6d617800010c0101010104022401'),
  wide: hex('6379636c65735f6d617800010c000200010001002c0105032501'),
  among: hex('61006379636c65735f6d6178007a7a000178000314130903010305020b040414062401'),
  other: hex('6f746865720001070101010104022401'),
  float: hex('6379636c65735f6d617800010c0000000400000001000000010000000000c03f0e052601'),
};

test('an integer of a map is found by its key, of one byte or two, alone or among others', () => {
  expect(flexbufferInteger(MAPS.one, 'cycles_max')).toBe(1);
  expect(flexbufferInteger(MAPS.wide, 'cycles_max')).toBe(300);
  expect(flexbufferInteger(MAPS.among, 'cycles_max')).toBe(2);
  expect(flexbufferInteger(MAPS.among, 'a')).toBe(5);
});

test('what is no integer, or is not there, is null', () => {
  expect(flexbufferInteger(MAPS.other, 'cycles_max')).toBeNull();
  expect(flexbufferInteger(MAPS.float, 'cycles_max')).toBeNull();
  expect(flexbufferInteger(MAPS.among, 'zz')).toBeNull();
  expect(flexbufferInteger(new Uint8Array(0), 'cycles_max')).toBeNull();
});

test('no single byte that is changed, and no end that is cut off, reads outside of the bytes or does not end', () => {
  for (const map of Object.values(MAPS)) {
    for (let at = 0; at < map.length; at++) {
      expect(() => flexbufferInteger(map.subarray(at), 'cycles_max')).not.toThrow();
      for (const value of [0, 1, 2, 4, 8, 127, 128, 255]) {
        const changed = map.slice();
        changed[at] = value;
        const found = flexbufferInteger(changed, 'cycles_max');
        expect(found === null || Number.isInteger(found)).toBe(true);
      }
    }
  }
});
