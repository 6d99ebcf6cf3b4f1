import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { DataError, type Graph } from '@kiln/ir';
import { isKeras, readKeras } from './keras/read.js';
import { findModelFile } from './model-files.js';
import { isOnnx, readOnnx } from './onnx/read.js';
import { isTflite, readTflite } from './tflite/read.js';
import { isGraphDef, readGraphDef } from './tensorflow/read/read-graph-def.js';
import { isGraphModel, readGraphModel } from './tensorflow/read/read-graph-model.js';
import { isSavedModel, readSavedModel } from './tensorflow/read/read-saved-model.js';
import { readTfjsLayers } from './tfjs-layers/read.js';

/**
 * Reads a model from a file or folder, whatever its format: the format is found by content.
 *
 * TensorFlow Lite and ONNX models, Keras models (HDF5 and .keras), SavedModels and frozen graphs of TensorFlow, and layers and
 * graph models of TensorFlow.js (`model.json` and the weight files beside it). `onNote` is told what was decided where the file
 * leaves a choice.
 */
export function readModel(path: string, onNote: (line: string) => void = () => undefined): Graph {
  const file = findModelFile(path);
  const bytes = readBytes(file, '');
  if (isTflite(bytes)) return readTflite(bytes, file, onNote);
  if (isOnnx(bytes)) return readOnnx(bytes, file, onNote);
  if (isKeras(bytes)) return readKeras(bytes, file);
  const read = readerBeside(file);
  if (isSavedModel(bytes)) return readSavedModel(bytes, file, read);
  if (isGraphDef(bytes)) return readGraphDef(bytes, file);
  const text = new TextDecoder().decode(bytes);
  const json = jsonOrNull(text);
  return isGraphModel(json) ? readGraphModel(json, file, read) : readTfjsLayers(text, file, read);
}

/** Reads files that a model names, in its own folder and below. Errors: DataError for others. */
function readerBeside(file: string): (relative: string) => Uint8Array {
  const folder = dirname(file);
  return (relative) => {
    const inside = normalize(relative);
    if (inside.startsWith('..') || inside.startsWith('/') || inside.includes('\0')) {
      const message = `names the weight file '${relative}' outside its own folder`;
      throw new DataError('E-MODEL-PATH', file, message, 'Put the weight files beside model.json');
    }
    return readBytes(join(folder, inside), `is named by ${basename(file)} but`);
  };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
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
