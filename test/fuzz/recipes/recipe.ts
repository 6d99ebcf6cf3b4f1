import type { DType, HeightWidth, Tensor } from '@kiln/ir';
import type { ElementType } from '../../conformance/bench.js';
import type { GrowingGraph } from '../growing-graph.js';

/** Tries to add a node of some kind; says whether there is one more. */
export type Recipe = (graph: GrowingGraph) => boolean;

export const ACTIVATIONS = ['none', 'relu', 'relu6', 'reluN1To1'] as const;

export function isPicture({ shape }: Tensor): boolean {
  return shape.length === 4;
}

/** Whether operators with weights take it. */
export function isWeighted({ dtype }: Tensor): boolean {
  return (['float32', 'int8', 'int16'] satisfies DType[] as DType[]).includes(dtype);
}

export function typeOf({ dtype, quantization }: Tensor): ElementType {
  return { dtype, quantization };
}

/** Height and width of a kernel, or steps. */
export function window(g: GrowingGraph): HeightWidth {
  return [g.int(1, 3), g.int(1, 3)];
}
