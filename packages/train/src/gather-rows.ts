/** Rows of an array [count, width], row-major, in the order in which they are named. */
export function gatherRows<Values extends Uint8Array | Float32Array>(
  values: Values,
  width: number,
  chosen: Uint32Array,
): Values {
  const gathered = new (values.constructor as new (length: number) => Values)(chosen.length * width);
  for (const [row, index] of chosen.entries()) {
    gathered.set(values.subarray(index * width, (index + 1) * width), row * width);
  }
  return gathered;
}
