import type { Samples } from '@kiln/codegen';
import { allocate, DataError, elementCount, tensorOf } from '@kiln/ir';
import type { Model } from '../model-folder.js';
import { readArray, readInputs } from '../npy-inputs.js';
import { note, type Terminal } from '../ui/terminal.js';
import type { ExamineFlags } from './examine-model.js';

/** What networks are judged by. */
export interface JudgedInputs {
  readonly samples: Samples;
  /** The right class of each; null where nobody knows, and the float network is the measure. */
  readonly labels: readonly number[] | null;
}

/**
 * The inputs to judge by, at most `count` of them, evenly spaced: those of the flags, else those that training set aside, else
 * the samples to calibrate on. Errors: E-DOCTOR-LABELS, E-DOCTOR-LABEL-VALUES, E-DOCTOR-FEW; those of .npy files.
 */
export function judgedInputs(terminal: Terminal, model: Model, flags: ExamineFlags): JudgedInputs {
  const { samples, labels } = allInputs(terminal, model, flags);
  if (labels !== null && labels.length !== samples.length) {
    const message = `holds ${labels.length} labels, expected one for each of ${samples.length} inputs`;
    throw new DataError('E-DOCTOR-LABELS', flags.labels ?? model.folder, message, 'Give --inputs that belong to them');
  }
  if (samples.length < 2) {
    const message = `found ${samples.length} inputs to judge by, expected at least two`;
    throw new DataError('E-DOCTOR-FEW', model.path, message, 'Give some with --inputs FILE.npy');
  }
  const count = Math.min(flags.count, samples.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * samples.length) / count));
  return { samples: chosen.map((i) => samples[i]!), labels: labels === null ? null : chosen.map((i) => labels[i]!) };
}

function allInputs(terminal: Terminal, model: Model, flags: ExamineFlags): JudgedInputs {
  const ports = model.graph.inputs.map((id) => tensorOf(model.graph, id));
  const labels = flags.labels === undefined ? null : readLabels(flags.labels);
  if (flags.inputs !== undefined) return { samples: readInputs(ports, flags.inputs).samples, labels };
  const { evaluation } = model;
  const [port] = ports;
  if (evaluation !== null && port !== undefined && ports.length === 1) {
    const size = evaluation.inputs.byteLength / evaluation.count;
    const samples = Array.from({ length: evaluation.count }, (_, i) => {
      const data = allocate(port.dtype, elementCount(port.shape));
      new Uint8Array(data.buffer).set(evaluation.inputs.subarray(i * size, (i + 1) * size));
      return [data];
    });
    return { samples, labels: labels ?? (evaluation.labels === null ? null : Array.from(evaluation.labels)) };
  }
  note(terminal, 'Judging by the very samples that ranges are measured on: others, with --inputs, say more');
  return { samples: model.calibration ?? [], labels };
}

function readLabels(path: string): number[] {
  const { data, shape } = readArray(path);
  const values = Array.from(data as Iterable<number | bigint>, Number);
  if (shape.length === 1 && values.every((value) => Number.isInteger(value) && value >= 0)) return values;
  const message = `holds an array of [${shape.join(', ')}], expected [n] whole numbers from 0`;
  throw new DataError('E-DOCTOR-LABEL-VALUES', path, message, 'Save the index of the right class of each input');
}
