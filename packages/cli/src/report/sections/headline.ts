import { formatBytes, formatCount, formatPercent } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import type { EngineReport, PrecisionReport, ReportData } from '../report-data.js';

interface Figure {
  name: string;
  value: string;
  note: string;
  state?: 'good' | 'bad';
}

/** The figures that matter most, large: accuracies, the proof, flash, RAM and MACs of the first precision. */
export function renderHeadline(data: ReportData): Html {
  const figures = [...accuracyFigures(data), ...proofFigures(data), ...costFigures(data.precisions[0])];
  return markup`<dl class="figures">
${figures.map(renderFigure)}</dl>`;
}

function renderFigure({ name, value, note, state }: Figure): Html {
  return markup`<div${state === undefined ? null : markup` class="${state}"`}>
<dt>${name}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>
`;
}

function accuracyFigures(data: ReportData): Figure[] {
  const images = data.data === null ? 'the test set' : `${formatCount(data.data.testCount)} test images`;
  const figures: Figure[] = [];
  if (data.floatAccuracy !== null) {
    figures.push({
      name: 'TensorFlow.js, float',
      value: formatPercent(data.floatAccuracy),
      note: `of ${images} read rightly`,
    });
  }
  for (const { precision, accuracy, engines } of data.precisions) {
    if (accuracy !== null) {
      figures.push({
        name: `${precision}, reference`,
        value: formatPercent(accuracy),
        note: `of ${images} read rightly`,
      });
    }
    const cAccuracies = engines.filter(isC).flatMap((engine) => engine.accuracy ?? []);
    if (cAccuracies.length > 0) figures.push(cFigure(precision, cAccuracies));
  }
  return figures;
}

function cFigure(precision: string, accuracies: readonly number[]): Figure {
  const lowest = Math.min(...accuracies);
  const engines = accuracies.length === 1 ? '1 engine' : `${accuracies.length} engines`;
  const note = Math.max(...accuracies) === lowest ? `the same on ${engines}` : `the lowest of ${engines}`;
  return { name: `${precision}, C`, value: formatPercent(lowest), note };
}

function proofFigures({ precisions }: ReportData): Figure[] {
  const runs = precisions.flatMap((precision) => precision.engines.filter(isC));
  if (runs.length === 0) return [];
  const sum = (of: (engine: EngineReport) => number): number => runs.reduce((total, engine) => total + of(engine), 0);
  const differing = sum((engine) => engine.differing);
  return [
    {
      name: 'Inputs compared',
      value: formatCount(sum((engine) => engine.inputs)),
      note: `in ${formatCount(runs.length)} runs of the C, ${formatBytes(sum((engine) => engine.bytesCompared))}`,
    },
    {
      name: 'Inputs differing',
      value: formatCount(differing),
      note: differing === 0 ? 'every byte equals the TypeScript reference' : 'the C is not equal to the reference',
      state: differing === 0 ? 'good' : 'bad',
    },
  ];
}

function costFigures(precision: PrecisionReport | undefined): Figure[] {
  if (precision === undefined) return [];
  const name = precision.precision;
  const size = precision.sizes[0];
  const macs = {
    name: `MACs, ${name}`,
    value: formatCount(precision.macs),
    note: 'multiplications with addition per image',
  };
  if (size === undefined) {
    return [
      { name: `Constants, ${name}`, value: formatBytes(precision.constantBytes), note: 'weights and tables' },
      { name: `Arena, ${name}`, value: formatBytes(precision.arenaBytes), note: 'working memory' },
      macs,
    ];
  }
  const code = `code ${formatBytes(size.codeBytes)} + constants ${formatBytes(size.constantBytes)}`;
  return [
    {
      name: `Flash, ${name}`,
      value: formatBytes(size.codeBytes + size.constantBytes),
      note: `${code}, ${size.target}`,
    },
    {
      name: `RAM, ${name}`,
      value: formatBytes(size.ramBytes),
      note: `arena ${formatBytes(precision.arenaBytes)}, ${size.target}`,
    },
    macs,
  ];
}

function isC(engine: EngineReport): boolean {
  return engine.name !== 'reference';
}
