import type { Graph } from '@kiln/ir';
import { isHdf5 } from './hdf5.js';
import { isZip, readKerasArchive } from './read-archive.js';
import { readKerasH5 } from './read-h5.js';

/** Whether it begins as one of Keras's files does. */
export function isKeras(bytes: Uint8Array): boolean {
  return isHdf5(bytes) || isZip(bytes);
}

/** Reads a Keras model, HDF5 or .keras: see `readKerasH5` and `readKerasArchive`. */
export function readKeras(bytes: Uint8Array, where: string): Graph {
  return isZip(bytes) ? readKerasArchive(bytes, where) : readKerasH5(bytes, where);
}
