/** Sizes per dimension, outermost first. The first dimension of an activation is the batch, always 1 in generated C. */
export type Shape = readonly number[];

/** Stands in a graph that was just read, until `inferShapes` has computed the shape. */
export const NOT_INFERRED: Shape = [-1];

/** Number of elements. A scalar, [], has one. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** `6x6x32`; a batch of one in front is left out, as people say it. */
export function formatShape(shape: Shape): string {
  const shown = shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return shown.length === 0 ? 'scalar' : shown.join('x');
}
