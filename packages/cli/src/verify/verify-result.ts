import type { Precision } from '@kiln/codegen';
import { type KilnError, ParityError } from '@kiln/ir';
import { describeDifference, type MatrixRow, type MutationRow } from '@kiln/runtime-c';
import { formatTable, grouped, percent } from '../ui/table.js';
import { type Agreement, FLOAT_TOLERANCE } from './judge.js';
import type { Verification } from './verify-compilation.js';

/** What was proven of one precision. */
export interface VerifyResult {
  readonly precision: Precision;
  readonly verification: Verification;
  readonly agreement: Agreement | null;
  /** Share of the labelled inputs that these classes get right; null without labels. */
  readonly accuracy: (classes: Uint8Array | null) => number | null;
  /** Root of the mean square by which the answers are off; null where the right ones are not known or are classes. */
  readonly error: number | null;
  /** Empty where nobody asked for them. */
  readonly matrix: readonly MatrixRow[];
  readonly mutations: readonly MutationRow[];
}

/** The results for people: the engines, TensorFlow.js's view, and what else was asked for. */
export function resultText(results: readonly VerifyResult[]): string {
  const rows = results.flatMap(({ precision, verification, accuracy }) => {
    const share = (classes: Uint8Array | null): string => {
      const right = accuracy(classes);
      return right === null ? '-' : percent(right);
    };
    return [
      [
        precision,
        'reference',
        grouped(verification.inputs.count),
        '-',
        share(verification.classes),
        'TypeScript, the specification',
      ],
      ...verification.engines.map(({ name, description, comparison, classes }) => [
        precision,
        name,
        grouped(comparison.inputs),
        grouped(comparison.differing),
        share(classes),
        description,
      ]),
    ];
  });
  return [
    formatTable(['precision', 'engine', 'inputs', 'differing', 'accuracy', 'compiled by'], rows),
    ...results.flatMap(errorLines),
    ...results.flatMap(agreementLines),
    ...results.flatMap(matrixLines),
    ...results.flatMap(mutationLines),
  ].join('\n');
}

/** The same for machines. */
export function resultDocument(result: VerifyResult) {
  const { precision, verification, agreement, accuracy, error, matrix, mutations } = result;
  return {
    precision,
    accuracy: accuracy(verification.classes),
    rootMeanSquareError: error,
    inputs: verification.inputs.count,
    engines: verification.engines.map(({ name, description, comparison, seconds }) => ({
      name,
      description,
      seconds,
      ...comparison,
    })),
    missing: verification.missing.map(({ name, error }) => ({ name, error: String(error) })),
    tensorflow: agreement,
    matrix,
    mutations,
  };
}

function errorLines({ precision, error }: VerifyResult): string[] {
  return error === null ? [] : ['', `${precision}: the answers are off by ${error.toFixed(4)} (root mean square)`];
}

function agreementLines({ precision, agreement }: VerifyResult): string[] {
  if (agreement === null) return [];
  const { disagreements, greatestDifference, classified } = agreement;
  const difference = greatestDifference.toExponential(1);
  return [
    '',
    `${precision} against TensorFlow.js: ${classified ? `${disagreements.length} other classes, ` : ''}greatest difference of an output ${difference}`,
    ...disagreements.map(
      ({ index, label, tensorflow, compiled, margin }) =>
        `  test image ${index}, a ${label}: TensorFlow.js reads ${tensorflow}, the C ${compiled}; margin ${margin.toFixed(4)}`,
    ),
  ];
}

function matrixLines({ precision, matrix }: VerifyResult): string[] {
  if (matrix.length === 0) return [];
  const rows = matrix.map(({ name, outcome, inputs, differing, note }) => [
    precision,
    name,
    outcome,
    grouped(inputs),
    grouped(differing),
    note?.split('\n')[0] ?? '',
  ]);
  return ['', formatTable(['precision', 'compiled by', 'outcome', 'inputs', 'differing', 'note'], rows)];
}

function mutationLines({ precision, mutations }: VerifyResult): string[] {
  if (mutations.length === 0) return [];
  const survived = mutations.filter(({ outcome }) => outcome === 'survived');
  const kinds = new Set(mutations.map(({ name }) => name)).size;
  return [
    '',
    `${precision}: ${mutations.length} mutations of ${kinds} kinds, ${mutations.length - survived.length} noticed, ${survived.length} survived`,
    ...survived.map(({ name, line, before, after }) => `  line ${line}, ${name}: ${before} -> ${after}`),
  ];
}

/** What makes a verification fail: a byte that differs, a missing tool, a float probability out of tolerance, a survivor. */
export function resultErrors({ precision, verification, agreement, matrix, mutations }: VerifyResult): KilnError[] {
  const errors: KilnError[] = verification.missing.map(({ error }) => error);
  for (const { name, comparison } of verification.engines) {
    if (comparison.first === null) continue;
    const message = `${comparison.differing} of ${comparison.inputs} inputs differ; ${describeDifference(comparison.first)}`;
    const remedy = 'Report it with the model: generated C must equal the reference';
    errors.push(new ParityError('E-PARITY', `${precision} C on ${name}`, message, remedy));
  }
  if (precision === 'float32' && agreement !== null) errors.push(...toleranceErrors(agreement));
  for (const { name, outcome, note } of matrix) {
    if (outcome === 'equal' || outcome === 'compiled' || outcome === 'skipped') continue;
    errors.push(
      new ParityError('E-MATRIX', `${precision} C by ${name}`, `${outcome}: ${note ?? ''}`, 'Report it with the model'),
    );
  }
  for (const { name, line, outcome } of mutations) {
    if (outcome !== 'survived') continue;
    const where = `${precision} C, line ${line}`;
    errors.push(
      new ParityError('E-MUTATION', where, `${name} changed, and nothing noticed`, 'Compare on more inputs: --count'),
    );
  }
  return errors;
}

function toleranceErrors({ greatestDifference, disagreements }: Agreement): KilnError[] {
  const clear = disagreements.filter(({ margin }) => margin > FLOAT_TOLERANCE);
  if (greatestDifference <= FLOAT_TOLERANCE && clear.length === 0) return [];
  const message = `${clear.length} classes differ, outputs by up to ${greatestDifference}, expected at most ${FLOAT_TOLERANCE}`;
  return [new ParityError('E-TENSORFLOW', 'float32 C against TensorFlow.js', message, 'Report it with the model')];
}
