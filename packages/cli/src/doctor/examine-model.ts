import { isQuantized, type LayerDiagnosis } from '@kiln/codegen';
import { CompileError } from '@kiln/ir';
import { loadModel } from '../model-folder.js';
import { checkOutputFiles, writeOutputFiles } from '../output-files.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { treatedFiles } from './apply-cure.js';
import type { Treatment } from './clinic.js';
import { dropOf, type Findings, findCures } from './find-cures.js';
import { findingsText } from './findings-text.js';
import { judgedInputs } from './judged-inputs.js';
import { nameOf } from './treatment-name.js';

export interface ExamineFlags {
  readonly calibrate?: readonly string[];
  readonly inputs?: readonly string[];
  readonly labels?: string;
  readonly count: number;
  readonly maxDrop: number;
  /** Epochs of retraining, tried in any case. */
  readonly retrain?: number;
  readonly seed: number;
  readonly apply?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/**
 * What int8 costs a model, layer by layer, and what helps; with `--apply` the best of it as a model.
 *
 * Errors: CompileError E-DOCTOR-QUANTIZED for a model that came in integers, E-DOCTOR-SAMPLES without samples, E-DOCTOR-DROP
 * where nothing is good enough to be written; those of inputs and output files.
 */
export async function examineModel(terminal: Terminal, path: string, flags: ExamineFlags): Promise<void> {
  const model = loadModel(terminal, path, flags.calibrate);
  if (isQuantized(model.graph)) {
    const message = 'arrived in integers, with scales of its own; expected a float32 model';
    throw new CompileError('E-DOCTOR-QUANTIZED', model.path, message, 'Give the float model');
  }
  if (!model.hasSamples) {
    const message = 'has no samples to quantize with, expected some';
    throw new CompileError('E-DOCTOR-SAMPLES', model.path, message, 'Give some with --calibrate FILE.npy');
  }
  const output = flags.apply === true ? flags.output! : null;
  if (output !== null)
    checkOutputFiles(
      output,
      treatedFiles(model, null, null).map(({ path: file }) => file),
      flags.force ?? false,
    );
  const inputs = judgedInputs(terminal, model, flags);
  const { maxDrop, retrain = null, seed } = flags;
  const findings = await findCures(terminal, model, inputs, { maxDrop, retrain, seed });
  const { best } = findings;
  const files = output === null || best === null ? [] : treatedFiles(model, best.plan, best.retrained);
  if (output !== null && best !== null) writeOutputFiles(output, files, flags.force ?? false);
  const names = files.map(({ path: file }) => `${output}/${file}`);
  const text = findingsText(findings, inputs, flags.maxDrop);
  answer(
    terminal,
    [text, ...names.map((name) => `wrote     ${name}`)].join('\n'),
    documentOf(findings, inputs.samples.length, flags.maxDrop, names),
  );
  if (output === null || best !== null) return;
  const message = `no cure loses ${flags.maxDrop} points or less, expected one; nothing was written`;
  throw new CompileError('E-DOCTOR-DROP', model.path, message, 'Allow more with --max-drop, or train another network');
}

function documentOf(findings: Findings, count: number, maxDrop: number, files: readonly string[]) {
  const { measure, float, layers, treatments, wide, best, notRetrained } = findings;
  const figures = (treatment: Treatment) => {
    const { precision, plan, retrained, score, constantBytes, arenaBytes, macs } = treatment;
    const decibels = finite(score.signalToNoiseDecibels);
    const { choosing, heldOut } = score;
    const drop = dropOf(float, treatment);
    const name = nameOf(treatment);
    const epochs = retrained?.epochs ?? 0;
    return {
      name,
      precision,
      plan,
      retrainedEpochs: epochs,
      choosing,
      heldOut,
      drop,
      decibels,
      constantBytes,
      arenaBytes,
      macs,
    };
  };
  return {
    measure,
    count,
    maxDrop,
    float: figures(float),
    layers: layers.map(layerDocument),
    treatments: treatments.map(figures),
    int16x8: figures(wide),
    notRetrained,
    best: best === null ? null : figures(best),
    files,
  };
}

function layerDocument({ name, op, dtype, alone, accumulated, saturated, channels }: LayerDiagnosis) {
  const figures = ({ signalToNoiseDecibels, greatestSteps }: LayerDiagnosis['alone']) => ({
    decibels: finite(signalToNoiseDecibels),
    greatestSteps,
  });
  return { name, op, dtype, alone: figures(alone), accumulated: figures(accumulated), saturated, channels };
}

/** JSON knows no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
