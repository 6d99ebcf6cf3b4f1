/** Types of a FlexBuffers value, as far as integers and maps go. Source: FlexBuffers' documentation, "FlexBuffers' format". */
const INT = 1;
const UINT = 2;
const MAP = 9;

const WIDTHS = [1, 2, 4, 8];

/**
 * An integer of a FlexBuffers map, which is what custom operators keep their options in; null where the bytes hold no such
 * map, or the map no such integer. Nothing in the bytes is trusted.
 */
export function flexbufferInteger(bytes: Uint8Array, key: string): number | null {
  const rootBytes = bytes.at(-1) ?? 0;
  const rootType = bytes.at(-2) ?? 0;
  if (rootType >> 2 !== MAP || !WIDTHS.includes(rootBytes)) return null;
  const width = WIDTHS[rootType & 3]!;
  const values = follow(bytes, bytes.length - 2 - rootBytes, rootBytes);
  if (values === null) return null;
  // Before a map's values stand how many there are, and before that where its keys are, and how wide their offsets.
  const count = unsigned(bytes, values - width, width);
  const keys = follow(bytes, values - 3 * width, width);
  const keyWidth = unsigned(bytes, values - 2 * width, width);
  if (count === null || keys === null || keyWidth === null || !WIDTHS.includes(keyWidth)) return null;
  for (let i = 0; i < Math.min(count, bytes.length); i++) {
    const name = follow(bytes, keys + i * keyWidth, keyWidth);
    if (name === null || textAt(bytes, name) !== key) continue;
    const type = unsigned(bytes, values + count * width + i, 1);
    const isInteger = type !== null && (type >> 2 === INT || type >> 2 === UINT);
    return isInteger ? unsigned(bytes, values + i * width, width) : null;
  }
  return null;
}

/** The place that the offset at `at` points back to. */
function follow(bytes: Uint8Array, at: number, width: number): number | null {
  const offset = unsigned(bytes, at, width);
  return offset === null || offset > at ? null : at - offset;
}

/** Little-endian. */
function unsigned(bytes: Uint8Array, at: number, width: number): number | null {
  if (at < 0 || at + width > bytes.length) return null;
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

/** Up to the byte 0 that ends it. */
function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return new TextDecoder().decode(bytes.subarray(at, end < 0 ? at : end));
}
