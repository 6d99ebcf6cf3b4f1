import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DataError } from '@kiln/ir';

/** What names a SavedModel. */
const SAVED_MODEL = 'saved_model.pb';

/** The file that a model is read from: the path itself, or what stands in the folder. Errors: `E-MODEL-MISSING`, `E-MODEL-FOLDER`. */
export function findModelFile(path: string): string {
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
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return file;
  const saved = join(path, SAVED_MODEL);
  if (statSync(saved, { throwIfNoEntry: false }) !== undefined) return saved;
  const [only, ...others] = readdirSync(path).filter((name) => /\.(tflite|onnx)$/.test(name));
  if (only !== undefined && others.length === 0) return join(path, only);
  const message =
    only === undefined
      ? `is a folder without a model.json, a ${SAVED_MODEL} and a .tflite or .onnx file`
      : `is a folder with ${others.length + 1} .tflite and .onnx files, expected one`;
  throw new DataError('E-MODEL-FOLDER', path, message, 'Name the model itself');
}

/**
 * All files of a model that was read before, and so is sound: the one that names it, for a TensorFlow.js model the weight
 * files in its order, for a SavedModel those of its variables.
 */
export function modelFiles(path: string): readonly string[] {
  const file = findModelFile(path);
  if (basename(file) === SAVED_MODEL) {
    const variables = join(dirname(file), 'variables');
    const hasThem = statSync(variables, { throwIfNoEntry: false })?.isDirectory() === true;
    const names = hasThem ? readdirSync(variables).filter((name) => name.startsWith('variables.')) : [];
    return [file, ...names.sort().map((name) => join(variables, name))];
  }
  const bytes = readFileSync(file);
  if (bytes.find((byte) => byte > 0x20) !== '{'.charCodeAt(0)) return [file];
  const { weightsManifest = [] } = JSON.parse(bytes.toString('utf8')) as { weightsManifest?: { paths: string[] }[] };
  return [file, ...weightsManifest.flatMap(({ paths }) => paths.map((name) => join(dirname(file), name)))];
}
