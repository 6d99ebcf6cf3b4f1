import { CALIBRATION_METHODS, type LayerDiagnosis, PLAIN_PLAN, type QuantizationPlan } from '@kiln/codegen';
import type { Model } from '../model-folder.js';
import type { Terminal } from '../ui/terminal.js';
import type { JudgedInputs } from './judged-inputs.js';
import type { Measure } from './score.js';
import { retrainModel, type RetrainPlan } from './retrain-model.js';
import { Clinic, diagnose, type Treatment, worstLayers } from './clinic.js';

export interface Findings {
  readonly measure: Measure;
  readonly float: Treatment;
  /** Of plain int8. */
  readonly layers: readonly LayerDiagnosis[];
  /** Plain int8 first, then each cure alone, then what the search went through. */
  readonly treatments: readonly Treatment[];
  /** All activations in 16 bits, to compare. */
  readonly wide: Treatment;
  /** The best that costs no more than it may; null if none does. */
  readonly best: Treatment | null;
  /** Why retraining is not among them; null if it is. */
  readonly notRetrained: string | null;
}

export interface CureOptions {
  /** What may be lost, in percentage points. */
  readonly maxDrop: number;
  /** Epochs of retraining; null: as many as usual, and only if the cures that cost nothing lose more. */
  readonly retrain: number | null;
  readonly seed: number;
}

const RETRAIN_EPOCHS = 30;

/** Layers that may be named for 16 bits, and cures of this kind that are tried alone. */
const MOST_WIDE = 4;
const MOST_ALONE = 3;

/**
 * Tries every cure alone; then all that cost nothing together, one on top of the other, each kept if it helps; then, while
 * int8 loses more than `maxDrop` points, retraining; and 16 bits
 * for one more layer at a time, the one whose own error is the greatest, until int8 loses no more than `maxDrop` points.
 */
export async function findCures(
  terminal: Terminal,
  model: Model,
  inputs: JudgedInputs,
  { maxDrop, retrain, seed }: CureOptions,
): Promise<Findings> {
  const clinic = await Clinic.open(terminal, model, inputs);
  const plain = await clinic.treat(PLAIN_PLAN);
  const layers = diagnose(plain, inputs.samples);
  const alone: QuantizationPlan[] = [
    ...CALIBRATION_METHODS.map((ranges) => ({ ...PLAIN_PLAN, ranges })),
    { ...PLAIN_PLAN, equalize: true },
    { ...PLAIN_PLAN, correctBiases: true },
    ...worstLayers(plain, layers)
      .slice(0, MOST_ALONE)
      .map((name) => ({ ...PLAIN_PLAN, wide: [name] })),
  ];
  for (const plan of alone) await clinic.treat(plan);
  let best = plain;
  const tryOnTop = async (change: Partial<QuantizationPlan>): Promise<void> => {
    const next = await clinic.treat({ ...best.plan!, ...change });
    if (isBetter(next, best)) best = next;
  };
  await tryOnTop({ equalize: true });
  await tryOnTop({ correctBiases: true });
  for (const ranges of CALIBRATION_METHODS) await tryOnTop({ ranges });
  const notRetrained =
    retrain === null && dropOf(clinic.float, best) <= maxDrop
      ? 'other cures do without; --retrain EPOCHS tries it all the same'
      : await tryRetraining(terminal, model, clinic, plain, { epochs: retrain ?? RETRAIN_EPOCHS, seed });
  for (let tries = 0; tries < MOST_WIDE && dropOf(clinic.float, best) > maxDrop; tries++) {
    const { wide } = best.plan!;
    const worst = worstLayers(best, diagnose(best, inputs.samples));
    const next = worst.find((name) => !wide.includes(name));
    if (next === undefined) break;
    best = await clinic.treat({ ...best.plan!, wide: [...wide, next] });
  }
  const within = clinic.treatments.filter((treatment) => dropOf(clinic.float, treatment) <= maxDrop);
  return {
    measure: clinic.measure,
    float: clinic.float,
    layers,
    treatments: clinic.treatments,
    wide: await clinic.compare('int16x8'),
    notRetrained,
    best: within.reduce<Treatment | null>((a, b) => (a === null || isPreferred(b, a) ? b : a), null),
  };
}

/** Retrains on the ranges of plain int8; answers why not if that cannot be. */
async function tryRetraining(
  terminal: Terminal,
  model: Model,
  clinic: Clinic,
  plain: Treatment,
  plan: RetrainPlan,
): Promise<string | null> {
  const retrained = await retrainModel(terminal, model, plain.compilation, plan);
  if (typeof retrained === 'string') return retrained;
  await clinic.treat(PLAIN_PLAN, retrained);
  return null;
}

/** Percentage points that are lost against the float network, where cures are chosen. */
export function dropOf(float: Treatment, { score }: Treatment): number {
  return float.score.choosing - score.choosing;
}

/** More right; of equally many, less noise. */
function isBetter(a: Treatment, b: Treatment): boolean {
  const ahead = a.score.choosing - b.score.choosing;
  return ahead > 0 || (ahead === 0 && a.score.signalToNoiseDecibels > b.score.signalToNoiseDecibels);
}

/** Fewer layers of 16 bits; of equally many, the better. */
function isPreferred(a: Treatment, b: Treatment): boolean {
  const more = a.plan!.wide.length - b.plan!.wide.length;
  return more < 0 || (more === 0 && isBetter(a, b));
}
