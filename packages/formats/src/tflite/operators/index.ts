import type { OperatorReaders } from '../operator-context.js';
import { convolutionReaders } from './convolution.js';
import { elementwiseReaders } from './elementwise.js';
import { movementReaders } from './movement.js';
import { reductionReaders } from './reduction.js';

/** How each operator of a file becomes nodes of the graph, by the name that the schema gives it. */
export const OPERATOR_READERS: OperatorReaders = {
  ...convolutionReaders,
  ...elementwiseReaders,
  ...movementReaders,
  ...reductionReaders,
};
