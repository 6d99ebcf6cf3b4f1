import { isQuantized, type Precision } from '@kiln/codegen';
import { Option } from 'commander';
import type { Model } from './model-folder.js';
import { note, type Terminal } from './ui/terminal.js';

/** The precisions that the main job compiles a float32 network in. */
export const PRECISIONS = ['int8', 'float32'] as const satisfies readonly Precision[];

/** What `--quantize` may name. */
export const PRECISION_CHOICES = ['int8', 'int16x8', 'float32', 'model'] as const satisfies readonly Precision[];

/** The `--quantize` of commands that compute in one precision. */
export function precisionOption(): Option {
  const help = 'numbers to compute with (default: int8 where samples lie beside the model, else those of the model)';
  return new Option('--quantize <precision>', help).choices(PRECISION_CHOICES);
}

/**
 * The precision that was asked for. Without a word: int8 if there are samples to calibrate on and the model is in float32,
 * otherwise the numbers that the model came with; a float32 model without samples is told how int8 can be had.
 */
export function choosePrecision(terminal: Terminal, model: Model, asked: Precision | undefined): Precision {
  if (asked !== undefined) return asked;
  if (isQuantized(model.graph)) return 'model';
  if (model.hasSamples) return 'int8';
  note(terminal, 'Compiling in float32: for int8 give sample inputs with --calibrate FILE.npy');
  return 'model';
}

/** The `--calibrate` of all commands that compile. */
export function calibrateOption(): Option {
  const help =
    'sample inputs for int8 and int16x8, once for each input (default: calibration.npy beside a trained model)';
  return new Option('--calibrate <file.npy>', help).argParser(
    (value: string, previous: readonly string[] | undefined): readonly string[] => [...(previous ?? []), value],
  );
}
