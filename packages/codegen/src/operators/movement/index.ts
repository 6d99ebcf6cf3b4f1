import { concatenation } from './concatenation.js';
import { copy } from './copy.js';
import { pad } from './pad.js';
import { slice } from './slice.js';
import { split } from './split.js';
import { transpose } from './transpose.js';

/** Operators that move elements and compute nothing: a file each, one C template for all. */
export const movementOperators = { concatenation, copy, pad, slice, split, transpose };
