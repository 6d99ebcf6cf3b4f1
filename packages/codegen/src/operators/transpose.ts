/** [rows, columns] -> [columns, rows]. */
export function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}
