import crc32c from 'crc-32/crc32c.js';

const MASK_DELTA = 0xa282ead8;

/**
 * The CRC-32C of some bytes, turned and shifted so that checksums of what holds checksums are sound.
 *
 * Source: leveldb/util/crc32c.h.
 */
export function maskedChecksum(parts: readonly Uint8Array[]): number {
  const checksum = parts.reduce((seed, part) => crc32c.buf(part, seed), 0);
  return (((checksum >>> 15) | (checksum << 17)) + MASK_DELTA) >>> 0;
}
