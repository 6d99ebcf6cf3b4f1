import { CompileError, type Shape } from '@kiln/ir';

/** One constant of a file. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/**
 * The weights of a layer, by the names that Keras gives them (`kernel`, `bias`), in Keras's order; null for one that is not
 * there. `path` names the layer, after the networks that it stands in.
 */
export type WeightSource = (
  path: readonly string[],
  names: readonly string[],
  className: string,
) => readonly (Weight | null)[];

/** What is wrong with a weight, by the shape that the layer's options ask for (null stands for any size); nothing if it fits. */
export function weightErrors(
  weight: Weight | null,
  name: string,
  expected: readonly (number | null)[],
  layer: string,
): CompileError[] {
  const wanted = `expects a ${name} of shape [${expected.map((size) => size ?? 'any').join(', ')}], the file has`;
  const where = `layer '${layer}'`;
  const remedy = 'Save the model again with its weights';
  if (weight === null) return [new CompileError('E-KERAS-WEIGHT-MISSING', where, `${wanted} no such weight`, remedy)];
  const fits =
    weight.shape.length === expected.length && expected.every((size, i) => size === null || size === weight.shape[i]);
  return fits ? [] : [new CompileError('E-KERAS-WEIGHT', where, `${wanted} [${weight.shape.join(', ')}]`, remedy)];
}
