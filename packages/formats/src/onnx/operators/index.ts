import type { NodeReaders } from '../node-context.js';
import { constantReaders } from './constants.js';
import { convolutionReaders } from './convolution.js';
import { elementwiseReaders } from './elementwise.js';
import { gatheringReaders } from './gathering.js';
import { movementReaders } from './movement.js';
import { normalizationReaders } from './normalization.js';
import { poolingReaders } from './pooling.js';
import { quantizationReaders } from './quantization.js';
import { reductionReaders } from './reduction.js';
import { resizeReaders } from './resize.js';

/** By the file's name of the operator. */
export const NODE_READERS: NodeReaders = {
  ...constantReaders,
  ...convolutionReaders,
  ...elementwiseReaders,
  ...gatheringReaders,
  ...movementReaders,
  ...normalizationReaders,
  ...poolingReaders,
  ...quantizationReaders,
  ...reductionReaders,
  ...resizeReaders,
};
