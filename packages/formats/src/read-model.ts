import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { DataError, type Graph } from '@kiln/ir';
import { isKeras, readKeras } from './keras/read.js';
import { findModelFile } from './model-files.js';
import { isOnnx, readOnnx } from './onnx/read.js';
import { isTflite, readTflite } from './tflite/read.js';
import { readTfjsLayers } from './tfjs-layers/read.js';

/**
 * Reads a model from a file or folder, whatever its format: the format is found by content.
 *
 * TensorFlow Lite and ONNX models, Keras models (HDF5 and .keras), and TensorFlow.js layers models (`model.json` and the weight files
 * beside it). `onNote` is told what
 * was decided where the file leaves a choice.
 */
export function readModel(path: string, onNote: (line: string) => void = () => undefined): Graph {
  const file = findModelFile(path);
  const bytes = readBytes(file, '');
  if (isTflite(bytes)) return readTflite(bytes, file, onNote);
  if (isOnnx(bytes)) return readOnnx(bytes, file, onNote);
  if (isKeras(bytes)) return readKeras(bytes, file);
  const folder = dirname(file);
  const read = (relative: string): Uint8Array => {
    const inside = normalize(relative);
    if (inside.startsWith('..') || inside.startsWith('/') || inside.includes('\0')) {
      const message = `names the weight file '${relative}' outside its own folder`;
      throw new DataError('E-MODEL-PATH', file, message, 'Put the weight files beside model.json');
    }
    return readBytes(join(folder, inside), `is named by ${basename(file)} but`);
  };
  return readTfjsLayers(new TextDecoder().decode(bytes), file, read);
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
