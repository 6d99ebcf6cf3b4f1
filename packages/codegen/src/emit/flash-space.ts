import type { Program } from '../program/program.js';
import type { TemplateData } from './render.js';

/** Up to here an AVR reads tables by addresses of 16 bits; the rest of its first 64 KB is left to others' tables. */
const NEAR_BYTES = 48 << 10;

/**
 * What `KILN_FLASH` stands for on an AVR: a named address space of GNU's C, so that `table[i]` reads the flash. `__flash` has
 * pointers of 16 bits, which reach the first 64 KB; `__memx` those of 24, which reach all of it and take some twenty cycles
 * more for each read. Kernels of other instruction sets know neither.
 *
 * Source: GCC manual, "Named Address Spaces", AVR; ISO/IEC TR 18037.
 */
export function flashSpace({ isa, constantBytes }: Program): TemplateData {
  if (isa !== 'portable') return { flashKnown: '__FLASH', flashSpace: '' };
  const isNear = constantBytes <= NEAR_BYTES;
  return { flashKnown: isNear ? '__FLASH' : '__MEMX', flashSpace: isNear ? '__flash' : '__memx' };
}
