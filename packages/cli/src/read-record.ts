import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { modelFiles, QUANTIZATION_RECORD, type QuantizationRecord, readQuantizationRecord } from '@kiln/formats';
import { DataError } from '@kiln/ir';
import { note, type Terminal } from './ui/terminal.js';

/**
 * The record that `kiln doctor` left beside a model of how it becomes int8; null if there is none, or if it is about another
 * file of the folder. Errors: E-QUANTIZATION-RECORD; E-QUANTIZATION-MODEL where the model changed since.
 */
export function readRecord(
  terminal: Terminal,
  path: string,
  folder: string,
  sha256: string,
): QuantizationRecord | null {
  const file = join(folder, QUANTIZATION_RECORD);
  if (!existsSync(file)) return null;
  const record = readQuantizationRecord(readFileSync(file, 'utf8'), file);
  if (record.model.file !== basename(modelFiles(path)[0]!)) return null;
  if (record.model.sha256 !== sha256) {
    const message = `is about a ${record.model.file} with sha256 ${record.model.sha256.slice(0, 16)}, found ${sha256.slice(0, 16)}`;
    throw new DataError('E-QUANTIZATION-MODEL', file, message, 'Let kiln doctor look at the new model, or delete it');
  }
  note(terminal, `Quantizing as ${QUANTIZATION_RECORD} says`);
  return record;
}
