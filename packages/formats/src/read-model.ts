import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { DataError, type Graph } from '@kiln/ir';
import { readTfjsLayers } from './tfjs-layers/read.js';

/**
 * Reads a model from a file or folder, whatever its format: the format is found by content.
 *
 * Today: TensorFlow.js layers models (`model.json` and the weight files beside it).
 */
export function readModel(path: string): Graph {
  const file = findModelFile(path);
  const folder = dirname(file);
  const read = (relative: string): Uint8Array => {
    const inside = normalize(relative);
    if (inside.startsWith('..') || inside.startsWith('/') || inside.includes('\0')) {
      const message = `names the weight file '${relative}' outside its own folder`;
      throw new DataError('E-MODEL-PATH', file, message, 'Put the weight files beside model.json');
    }
    return readBytes(join(folder, inside), `is named by ${basename(file)} but`);
  };
  return readTfjsLayers(new TextDecoder().decode(readBytes(file, '')), file, read);
}

function findModelFile(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new DataError(
      'E-MODEL-MISSING',
      path,
      'does not exist',
      'Train a model with `kiln train`, or name an existing one',
    );
  }
  if (!stats.isDirectory()) return path;
  const file = join(path, 'model.json');
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    const message = 'is a folder without a model.json';
    throw new DataError('E-MODEL-FOLDER', path, message, 'Name the folder that `kiln train -o` or model.save() wrote');
  }
  return file;
}

function readBytes(path: string, context: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const message = `${context} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`.trim();
    throw new DataError('E-MODEL-READ', path, message, 'Check that the model is complete and readable', {
      cause: error,
    });
  }
}
