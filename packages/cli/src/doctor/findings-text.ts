import type { LayerDiagnosis } from '@kiln/codegen';
import { formatTable, grouped, percent } from '../ui/table.js';
import { dropOf, type Findings } from './find-cures.js';
import type { JudgedInputs } from './judged-inputs.js';
import { nameOf } from './treatment-name.js';

const MEASURES = {
  accuracy: 'classes that are right',
  agreement: "classes that are the float network's",
  determination: "the float network's variance that is met",
} as const;

/** The two tables: what int8 does to each layer, and what each cure brings and costs. */
export function findingsText(findings: Findings, { samples }: JudgedInputs, maxDrop: number): string {
  const { measure, float, layers, treatments, wide, best, notRetrained } = findings;
  const head = [
    'layer',
    'operator',
    'alone',
    'steps',
    'accumulated',
    'steps',
    'saturated',
    'dead',
    'lost',
    'worst channels',
  ];
  const rows = [float, ...treatments, wide].map((treatment) => [
    treatment === best ? `${nameOf(treatment)} (best)` : nameOf(treatment),
    `${treatment.score.choosing.toFixed(2)} %`,
    `${treatment.score.heldOut.toFixed(2)} %`,
    dropOf(float, treatment).toFixed(2),
    decibels(treatment.score.signalToNoiseDecibels),
    grouped(treatment.constantBytes),
    grouped(treatment.arenaBytes),
    grouped(treatment.macs),
  ]);
  return [
    'What plain int8 does to each layer, by itself and on top of the layers before it:',
    formatTable(head, layers.map(layerRow)),
    '',
    `What helps, by ${MEASURES[measure]} among ${samples.length} inputs; nothing is chosen by the held-out half:`,
    formatTable(['quantization', 'choosing', 'held out', 'drop', 'signal/noise', 'const B', 'arena B', 'MACs'], rows),
    '',
    ...(notRetrained === null ? [] : [`not retrained: ${notRetrained}`]),
    best === null
      ? `no cure loses ${maxDrop} points or less`
      : `best      ${nameOf(best)}: ${best.score.choosing.toFixed(2)} % against ${float.score.choosing.toFixed(2)} % in float32, of which it may lose ${maxDrop} points`,
  ].join('\n');
}

function layerRow({ name, op, alone, accumulated, saturated, channels }: LayerDiagnosis): string[] {
  const worst = channels.worst.filter(({ ratio }) => ratio >= 2);
  return [
    name,
    op,
    decibels(alone.signalToNoiseDecibels),
    alone.greatestSteps.toFixed(1),
    decibels(accumulated.signalToNoiseDecibels),
    accumulated.greatestSteps.toFixed(1),
    percent(saturated),
    `${channels.dead.length}/${channels.count}`,
    `${channels.lost.length}/${channels.count}`,
    worst.length === 0 ? '-' : worst.map(({ channel, ratio }) => `${channel} (1/${ratioText(ratio)})`).join(', '),
  ];
}

function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toPrecision(2).replace(/e\+?/, 'e') : 'inf';
}

function decibels(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} dB` : '-';
}
