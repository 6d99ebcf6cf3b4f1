/** Index of the greatest value of each row of [count, width]; of equal ones the first. */
export function argmaxRows(values: Float32Array, width: number): Uint8Array {
  return Uint8Array.from({ length: values.length / width }, (_, row) => {
    let best = 0;
    for (let i = 1; i < width; i++) if (values[row * width + i]! > values[row * width + best]!) best = i;
    return best;
  });
}

/** Share of equal entries. */
export function accuracy(labels: Uint8Array, predictions: Uint8Array): number {
  return labels.reduce((right, label, i) => right + (predictions[i] === label ? 1 : 0), 0) / labels.length;
}

/** Counts, [true class][class read]. */
export function confusionMatrix(labels: Uint8Array, predictions: Uint8Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    const row = counts[label]!;
    row[predictions[i]!] = row[predictions[i]!]! + 1;
  });
  return counts;
}
