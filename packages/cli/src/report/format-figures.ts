const UNKNOWN = '\u2013';
const UNPRESENTABLE = /[^\P{Cc}\t\n\r]|\p{Cs}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A whole number with a comma between thousands; an en dash for what is no number. */
export function formatCount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Bytes, exact: `53,412 B`. */
export function formatBytes(value: number | null): string {
  const count = formatCount(value);
  return count === UNKNOWN ? UNKNOWN : `${count}\u00a0B`;
}

/** A fraction 0..1 as a percentage with two decimals: `97.11 %`. */
export function formatPercent(fraction: number | null): string {
  if (fraction === null || !Number.isFinite(fraction)) return UNKNOWN;
  return `${(fraction * 100).toFixed(2)}\u00a0%`;
}

/** A decimal number with a fixed number of decimals; infinity is a figure (a signal without noise). */
export function formatDecimal(value: number | null, decimals: number): string {
  if (value === null || Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? '\u221e' : '\u2212\u221e';
  return value.toFixed(decimals).replace('-', '\u2212');
}

/** A number of any magnitude with at most three significant digits: `0.123`, `17`, `2.5e-7`. */
export function formatShort(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))).replace('-', '\u2212') : formatDecimal(value, 0);
}

/** Keeps the start and the end of a text that is longer than `limit` characters, with an ellipsis between. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text);
  if (characters.length <= limit) return text;
  const tail = Math.floor((limit - 1) / 3);
  return `${characters.slice(0, limit - 1 - tail).join('')}\u2026${tail > 0 ? characters.slice(-tail).join('') : ''}`;
}

/**
 * A copy of a plain value whose texts are fit to show: none longer than `limit` characters, and control characters,
 * lone surrogates and the marks that turn the direction of writing replaced by U+FFFD, so that a name can neither
 * break the file nor disguise itself. Typed arrays are passed on as they are.
 */
export function presentableTexts<T>(value: T, limit: number): T {
  return presentable(value, limit) as T;
}

function presentable(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return shorten(value.replace(UNPRESENTABLE, '\ufffd'), limit);
  if (Array.isArray(value)) return value.map((item) => presentable(item, limit));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, presentable(item, limit)]));
}
