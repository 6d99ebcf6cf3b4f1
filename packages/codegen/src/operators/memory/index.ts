import { circularBuffer } from './circular-buffer.js';
import { svdf } from './svdf.js';

/** Operators with a memory of earlier runs. */
export const memoryOperators = { circularBuffer, svdf };
