import type { DType, Shape } from '@kiln/ir';
import type { Weight } from '../weight-source.js';

/** A layer as it will be written, in Keras's own words. */
export interface WrittenLayer {
  readonly className: string;
  readonly name: string;
  /** Without the name. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
  readonly output: { readonly shape: Shape; readonly dtype: DType };
  /** In Keras's order. */
  readonly weights: readonly (Weight & { readonly name: string })[];
}

/** A network as it will be written: the layers in an order in which they can be run. */
export interface WrittenNetwork {
  readonly name: string;
  readonly layers: readonly WrittenLayer[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Whether each layer reads the one before it and nothing else, and the last one is the output. */
export function isChain({ layers, inputs, outputs }: WrittenNetwork): boolean {
  const follows = layers.every(({ inputs: read }, i) =>
    i === 0 ? read.length === 0 : read.length === 1 && read[0] === layers[i - 1]!.name,
  );
  return follows && inputs.length === 1 && outputs.length === 1 && outputs[0] === layers.at(-1)!.name;
}

/** The shape as Keras writes it, with an open batch. */
export function openBatch(shape: Shape): (number | null)[] {
  return [null, ...shape.slice(1)];
}
