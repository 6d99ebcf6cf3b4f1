import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { PLAIN_PLAN, type QuantizationPlan } from '@kiln/codegen';
import { modelFiles, QUANTIZATION_RECORD, writeQuantizationRecord } from '@kiln/formats';
import { MODEL_FILES } from '@kiln/train';
import type { Model } from '../model-folder.js';
import type { OutputFile } from '../output-files.js';
import type { RetrainedModel } from './retrain-model.js';

/**
 * The model's own files as they are, or those with the weights that retraining gave them; what training left beside them, the
 * samples, and the record by which `kiln compile` makes int8 of it again.
 */
export function treatedFiles(
  model: Model,
  plan: QuantizationPlan | null,
  retrained: RetrainedModel | null,
): OutputFile[] {
  const sources = modelFiles(model.path);
  const folder = dirname(sources[0]!);
  const calibration = model.sampleFiles.map((_, i) => (i === 0 ? MODEL_FILES.calibration : `calibration-${i}.npy`));
  const beside = [
    MODEL_FILES.training,
    MODEL_FILES.evaluationInputs,
    MODEL_FILES.evaluationLabels,
    MODEL_FILES.evaluationTargets,
  ]
    .map((name) => join(folder, name))
    .filter((file) => basename(sources[0]!) === MODEL_FILES.network && existsSync(file));
  const record = writeQuantizationRecord({
    model:
      retrained === null
        ? { file: basename(sources[0]!), sha256: model.sha256 }
        : { file: MODEL_FILES.network, sha256: retrained.model.sha256 },
    calibration,
    plan: { ...(plan ?? PLAIN_PLAN), wide: [...(plan ?? PLAIN_PLAN).wide] },
  });
  const copied = (file: string): OutputFile => ({ path: relative(folder, file), contents: readFileSync(file) });
  return [
    ...(retrained === null
      ? sources.map(copied)
      : [...retrained.files].map(([path, contents]) => ({ path, contents }))),
    ...beside.map(copied),
    ...model.sampleFiles.map((file, i) => ({ path: calibration[i]!, contents: readFileSync(file) })),
    { path: QUANTIZATION_RECORD, contents: record },
  ];
}
