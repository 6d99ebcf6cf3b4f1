import { InvariantError } from '@kiln/ir';
import { readLoadSegments } from '../elf-segments.js';

/** Files of `firmware/boot`: what a chip's boot ROM wants to find in an image before it starts it. */
export const BOOT_BLOCKS = ['rp2040-stage2', 'rp2350-image'] as const;
export type BootBlock = (typeof BOOT_BLOCKS)[number];

/** What they take of the flash. Source: RP2040 Datasheet, section 2.8.1.3, checksum included; RP2350 Datasheet, section 5.9.5.1. */
export const BOOT_BLOCK_BYTES: Readonly<Record<BootBlock, number>> = { 'rp2040-stage2': 256, 'rp2350-image': 20 };
const SECOND_STAGE_BYTES = BOOT_BLOCK_BYTES['rp2040-stage2'];
const POLYNOMIAL = 0x04c11db7;

/**
 * Completes the boot block of a linked image in place: the RP2040's needs a checksum over what was compiled. `flashStart` is
 * where the image stands on the board.
 */
export function completeBootBlock(block: BootBlock, elf: Uint8Array, flashStart: number): void {
  if (block !== 'rp2040-stage2') return;
  const first = readLoadSegments(elf).find(({ address }) => address === flashStart)?.bytes;
  if (first === undefined || first.length < SECOND_STAGE_BYTES) {
    const message = `expected a boot block of ${SECOND_STAGE_BYTES} bytes at the start of the flash, found none`;
    throw new InvariantError('E-BOOT-BLOCK', 'image.elf', message);
  }
  const checksum = bootChecksum(first.subarray(0, SECOND_STAGE_BYTES - 4));
  new DataView(first.buffer, first.byteOffset).setUint32(SECOND_STAGE_BYTES - 4, checksum, true);
}

/** CRC-32 as the RP2040's boot ROM counts it: from 0xFFFFFFFF, the highest bit first, nothing turned over at the end. */
function bootChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  }
  return crc >>> 0;
}
