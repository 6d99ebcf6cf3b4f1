import { circularBuffer } from './circular-buffer.js';
import { lstm } from './lstm.js';
import { svdf } from './svdf.js';

/** Operators with a memory of earlier runs. */
export const memoryOperators = { circularBuffer, svdf, unidirectionalSequenceLstm: lstm };
