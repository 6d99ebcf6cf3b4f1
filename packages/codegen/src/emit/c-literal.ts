import { InvariantError, type TensorData } from '@kiln/ir';

/** An integer as C text. -2^31 cannot be written as one literal. */
export function cInt(value: number): string {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 31) {
    throw new InvariantError('E-C-INT', 'C literal', `${value} is not an int32`);
  }
  return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value);
}

/** A 64-bit integer as C text. */
export function cInt64(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) throw new InvariantError('E-C-INT', 'C literal', `${value} is not an int64`);
  return value === -(2n ** 63n) ? '(-INT64_C(9223372036854775807) - 1)' : `INT64_C(${value})`;
}

/** What is added to an expression, as C text: ` + 3`, ` - 3`, or nothing for 0. */
export function cPlus(value: number): string {
  if (value === 0) return '';
  return value > 0 ? ` + ${cInt(value)}` : ` - ${cInt(-value)}`;
}

/** A float32 as the shortest C text that reads back as the same bits, such as `0.1f`. */
export function cFloat(value: number): string {
  if (!Number.isFinite(value) || Math.fround(value) !== value) {
    throw new InvariantError('E-C-FLOAT', 'C literal', `${value} is not a finite float32`);
  }
  if (value === 0) return Object.is(value, -0) ? '-0.0f' : '0.0f';
  let digits = 1;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits += 1;
  const text = String(Number(value.toPrecision(digits)));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** Any float32 as C text: what is no finite number by the macros of `<math.h>`, which need no library. */
export function cAnyFloat(value: number): string {
  if (Number.isNaN(value)) return 'NAN';
  if (Number.isFinite(value)) return cFloat(value);
  return value > 0 ? 'INFINITY' : '-INFINITY';
}

/** Text that may stand inside a C comment, whatever it was: no end or start of a comment, no line break, no trigraph. */
export function cComment(text: string): string {
  return [...text.slice(0, 200)]
    .map((character) => (/[\p{L}\p{N} _.,:;()[\]{}<>=+'"%#&|!~^$@-]/u.test(character) ? character : '_'))
    .join('')
    .replaceAll('??', '__');
}

/** A C string literal of that text. Anything but plain ASCII is replaced by `_`. */
export function cString(text: string): string {
  return `"${text.slice(0, 200).replace(/[^A-Za-z0-9 _.,:;()[\]{}<>=+/-]/g, '_')}"`;
}

/** The values of a table, comma separated, in lines of up to `columns` characters. */
export function cValues(values: TensorData, columns = 116): string {
  const texts =
    values instanceof BigInt64Array
      ? Array.from(values, cInt64)
      : Array.from(values, values instanceof Float32Array ? cAnyFloat : cInt);
  const lines: string[] = [];
  let line = '';
  for (const item of texts) {
    const text = `${item},`;
    if (line.length + text.length + 1 > columns) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? text : ` ${text}`;
  }
  return [...lines, line].map((text) => `    ${text}`).join('\n');
}
