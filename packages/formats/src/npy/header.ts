/** NumPy reads no longer header either. Source: numpy.lib.format.read_array_header_2_0, `max_header_size`. */
export const MOST_HEADER_BYTES = 10_000;

/** What the header of a .npy file says. */
interface NpyHeader {
  /** Byte order and element type, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const ENTRY = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\))\s*(?:,|$)/y;
/** A Python tuple of whole numbers; a single one needs its comma. `L` is how Python 2 wrote a long one. */
const TUPLE = /^\(\s*(?:(?:\d+L?\s*,\s*)+(?:\d+L?\s*)?)?\)$/;

/**
 * Parses a header: a Python dictionary of `descr`, `fortran_order` and `shape`, each once, and nothing else.
 * Null if it is anything else. Source: numpy.lib.format, "Format Version 1.0".
 */
export function parseHeader(header: string): NpyHeader | null {
  const body = /^\{([^{}]*)\}\s*$/.exec(header)?.[1]?.trimEnd();
  const entries = body === undefined ? null : parseEntries(body);
  if (entries?.size !== 3) return null;
  const descr = /^['"](.*)['"]$/.exec(entries.get('descr') ?? '')?.[1];
  const order = /^(?:True|False)$/.exec(entries.get('fortran_order') ?? '')?.[0];
  const sizes = TUPLE.exec(entries.get('shape') ?? '')?.[0];
  if (descr === undefined || order === undefined || sizes === undefined) return null;
  return { descr, fortranOrder: order === 'True', shape: (sizes.match(/\d+/g) ?? []).map(Number) };
}

/** Values by key, as they are written; null for a key given twice, or where something is no entry. */
function parseEntries(body: string): ReadonlyMap<string, string> | null {
  const entries = new Map<string, string>();
  const pattern = new RegExp(ENTRY);
  while (pattern.lastIndex < body.length) {
    const match = pattern.exec(body);
    if (match === null || entries.has(match[2]!)) return null;
    entries.set(match[2]!, match[3]!);
  }
  return entries;
}
