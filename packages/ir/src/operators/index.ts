import type { ConvolutionAttributes } from './convolution.js';
import type { ElementwiseAttributes } from './elementwise.js';
import type { MemoryAttributes } from './memory.js';
import type { MovementAttributes } from './movement.js';
import type { ReductionAttributes } from './reduction.js';

export type { Activation, HeightWidth, None, Padding } from './attributes.js';
export type { ArithmeticName, BinaryName, UnaryName } from './elementwise.js';

/** Attributes of every operator, by its name. Tensors are named in the order of a node's `inputs`. */
export type NodeAttributes = ConvolutionAttributes &
  ElementwiseAttributes &
  MemoryAttributes &
  MovementAttributes &
  ReductionAttributes;

export type OpName = keyof NodeAttributes;
