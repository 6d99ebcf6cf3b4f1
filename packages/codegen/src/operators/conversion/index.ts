import { cast } from './cast.js';
import { dequantize } from './dequantize.js';
import { quantize } from './quantize.js';

/** The same numbers in another type or scale, element by element. */
export const conversionOperators = { cast, dequantize, quantize };
