import type { OperatorReaders } from '../operator-context.js';
import { controlFlowReaders } from './control-flow.js';
import { convolutionReaders } from './convolution.js';
import { elementwiseReaders } from './elementwise.js';
import { customMemoryReaders, memoryReaders } from './memory.js';
import { movementReaders } from './movement.js';
import { reductionReaders } from './reduction.js';

/** How each operator of a file becomes nodes of the graph, by the name that the schema gives it. */
export const OPERATOR_READERS: OperatorReaders = {
  ...controlFlowReaders,
  ...convolutionReaders,
  ...elementwiseReaders,
  ...memoryReaders,
  ...movementReaders,
  ...reductionReaders,
};

/** The same for custom operators, by their own names. */
export const CUSTOM_READERS: OperatorReaders = { ...customMemoryReaders };
