import { DataError, elementCount, KilnError, UnsupportedError } from '@kiln/ir';
import { type Dataset, File, Group } from 'jsfive';
import type { Weight } from './weight-source.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether it begins as HDF5 files do. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Opens an HDF5 file and hands it to `read`.
 *
 * Errors: those of `read`; DataError E-HDF5 for a file that is damaged, whatever the library says of it.
 */
export function readHdf5<Result>(bytes: Uint8Array, where: string, read: (file: Group) => Result): Result {
  try {
    const copy = new Uint8Array(bytes);
    return read(new File(copy.buffer, where));
  } catch (cause) {
    if (cause instanceof KilnError) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('E-HDF5', where, `is damaged: ${found.trim() || 'it cannot be read'}`, 'Save the model again', {
      cause,
    });
  }
}

/** The group of that name in another. Errors: DataError if there is none. */
export function groupAt(group: Group, path: string, where: string): Group {
  const found = itemAt(group, path);
  if (found instanceof Group) return found;
  throw new DataError(
    'E-HDF5-GROUP',
    where,
    `has no group '${path}', expected one of a Keras model`,
    'Save the model again',
  );
}

/** What stands under that path, or null. */
export function itemAt(group: Group, path: string): Group | Dataset | null {
  let item: Group | Dataset | null = group;
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (!(item instanceof Group) || !item.keys.includes(name)) return null;
    item = item.get(name);
  }
  return item;
}

/** A float32 array. Errors: UnsupportedError for other types, DataError for one that is cut off or holds no finite numbers. */
export function weightAt(group: Group, path: string, where: string): Weight | null {
  const found = itemAt(group, path);
  if (found === null || found instanceof Group) return null;
  const place = `${where}, weight '${path}'`;
  if (found.dtype !== '<f4') {
    throw new UnsupportedError(
      'E-HDF5-DTYPE',
      place,
      `is stored as ${String(found.dtype)}, expected float32 (<f4)`,
      'Save the model in float32',
    );
  }
  const shape = [...found.shape];
  const data = Float32Array.from(found.value);
  if (data.length !== elementCount(shape)) {
    throw new DataError(
      'E-HDF5-BYTES',
      place,
      `holds ${data.length} values, expected ${elementCount(shape)}`,
      'Save the model again',
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { shape, data };
  throw new DataError(
    'E-HDF5-VALUE',
    place,
    `holds ${data[bad]} at index ${bad}, expected finite numbers`,
    'The training diverged: train again',
  );
}

/** A list of texts in an attribute; a long one is cut into `name0`, `name1` and so on. Padding with zeros is taken off. */
export function textsOf(attributes: Readonly<Record<string, unknown>>, name: string): string[] | null {
  const clean = (value: unknown): string[] => [value].flat().map((text) => String(text).replace(/\0+$/, ''));
  if (attributes[name] !== undefined) return clean(attributes[name]);
  const parts: string[] = [];
  for (let i = 0; attributes[`${name}${i}`] !== undefined; i++) parts.push(...clean(attributes[`${name}${i}`]));
  return parts.length === 0 ? null : parts;
}
