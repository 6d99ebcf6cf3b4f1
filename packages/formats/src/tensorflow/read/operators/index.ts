import { blockReaders } from './blocks.js';
import { convolutionReaders } from './convolution.js';
import { elementwiseReaders } from './elementwise.js';
import { movementReaders } from './movement.js';
import type { NodeReaders } from './node-reader.js';
import { reductionReaders } from './reduction.js';
import { shapeReaders } from './shape.js';
import { sourceReaders } from './source.js';

/** How each operator of TensorFlow becomes nodes of the graph, or a constant. */
export const NODE_READERS: NodeReaders = {
  ...blockReaders,
  ...convolutionReaders,
  ...elementwiseReaders,
  ...movementReaders,
  ...reductionReaders,
  ...shapeReaders,
  ...sourceReaders,
};

/** Those that the reader follows itself. */
const FOLLOWED = ['If', 'StatelessIf', 'PartitionedCall', 'StatefulPartitionedCall', 'Switch', 'Merge'];

/** Names of all operators that Kiln reads. */
export const supportedNodes: readonly string[] = [...Object.keys(NODE_READERS), ...FOLLOWED].sort();
