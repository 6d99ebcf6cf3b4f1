import { copy } from './copy.js';

/** Operators that move elements and compute nothing: a file each, one C template for all. */
export const movementOperators = { copy };
