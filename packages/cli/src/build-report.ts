import { type Dataset, confusionMatrix, type TrainingRecord } from '@kiln/train';
import type { Compilation } from '@kiln/codegen';
import { tensorOf } from '@kiln/ir';
import { dataPictures } from './pictures/data-pictures.js';
import { epochReports } from './pictures/training-pictures.js';
import { weightPictures } from './pictures/weight-pictures.js';
import { describeLayers } from './describe-layers.js';
import type { Evaluation, Model } from './model-folder.js';
import type { MisreadReport, PrecisionReport, ReportData } from './report/report-data.js';
import type { Judgement } from './verify/judge.js';
import type { Proof } from './verify/proof.js';
import { accuracyOf, outputReader } from './verify/verify-compilation.js';
import { KILN_VERSION } from './version.js';

export interface ReportParts {
  readonly model: Model;
  readonly data: Dataset;
  readonly record: TrainingRecord;
  readonly judgement: Judgement | null;
  readonly proofs: readonly Proof[];
  readonly files: ReportData['files'];
  readonly next: ReportData['next'];
}

/** Puts the main job's results into the report's form. */
export function buildReport({ model, data, record, judgement, proofs, files, next }: ReportParts): ReportData {
  return {
    title: `Kiln: ${record.recipe}`,
    kilnVersion: KILN_VERSION,
    model: { name: model.graph.name, sha256: model.sha256 },
    data: {
      name: data.name,
      source: data.source,
      notice: data.notice,
      sha256: data.sha256,
      trainCount: data.train.count,
      testCount: data.test.count,
      classes: data.classes,
      imageShape: [data.shape[0] ?? 1, data.shape[1] ?? 1],
    },
    training: {
      backend: record.backend,
      seed: record.seed,
      keep: record.keep,
      epochs: epochReports(record),
    },
    floatAccuracy: judgement?.accuracy ?? null,
    precisions: proofs.map((proof) => precisionReport(proof, model, data.classes)),
    pictures: { data: dataPictures(data), weights: proofs[0] ? weightPictures(proofs[0].compilation.graph) : [] },
    files,
    next,
  };
}

function precisionReport(proof: Proof, { evaluation }: Model, classes: readonly string[]): PrecisionReport {
  const { precision, compilation, verification, agreement, sizes } = proof;
  const { program, project } = compilation;
  const name = (index: number): string => classes[index] ?? String(index);
  const accuracy = accuracyOf(verification.classes, evaluation);
  return {
    precision,
    accuracy,
    constantBytes: project.constantBytes,
    arenaBytes: program.plan.arenaBytes,
    lowerBoundBytes: program.plan.lowerBoundBytes,
    macs: project.macs,
    layers: describeLayers(compilation),
    blocks: blockReports(compilation),
    steps: program.steps.map(({ node }) => node.name),
    sizes: sizes.map((size) => ({
      target: size.target,
      compiler: size.compiler,
      codeBytes: size.textBytes,
      constantBytes: size.constantBytes,
      ramBytes: project.arenaBytes + size.dataBytes + size.bssBytes,
      stackBytes: size.stack?.bytes ?? null,
    })),
    engines: [
      {
        name: 'reference',
        description: 'TypeScript, the specification',
        inputs: verification.inputs.count,
        differing: 0,
        bytesCompared: 0,
        accuracy,
        seconds: verification.referenceSeconds,
      },
      ...verification.engines.map(({ name: engine, description, comparison, classes: read, seconds }) => ({
        name: engine,
        description,
        inputs: comparison.inputs,
        differing: comparison.differing,
        bytesCompared: comparison.inputs * project.traceBytes,
        accuracy: accuracyOf(read, evaluation),
        seconds,
      })),
    ],
    confusion:
      evaluation === null || evaluation.labels === null || verification.classes === null
        ? null
        : confusionMatrix(evaluation.labels, verification.classes.subarray(0, evaluation.count), classes.length),
    misread: evaluation === null ? [] : misread(proof, evaluation, name),
    disagreements: (agreement?.disagreements ?? []).map(({ index, label, tensorflow, compiled, margin }) => ({
      index,
      label: name(label),
      float: name(tensorflow),
      int8: name(compiled),
      margin,
    })),
  };
}

/** The arena's blocks; steps are counted as the report counts them, without views. */
export function blockReports({ program, graph }: Compilation): PrecisionReport['blocks'] {
  const called = new Set(program.steps.map(({ node }) => node.id));
  const stepAt = (index: number): number =>
    graph.nodes.slice(0, index + 1).filter(({ id }) => called.has(id)).length - 1;
  return program.plan.blocks.map(({ tensors, offset, bytes, first, last }) => ({
    tensors: tensors.map((id) => tensorOf(graph, id).name),
    offset,
    bytes,
    firstStep: stepAt(first),
    lastStep: stepAt(last),
  }));
}

/** The wrongly read images, with by how much the wrong class won. */
function misread(
  { compilation, verification }: Proof,
  evaluation: Evaluation,
  name: (index: number) => string,
): MisreadReport[] {
  const { project } = compilation;
  const score = outputReader(compilation, verification.trace);
  return Array.from(evaluation.labels ?? []).flatMap((label, index) => {
    const read = verification.classes?.[index] ?? 0;
    if (label === read) return [];
    const pixels = evaluation.inputs.slice(index * project.inputBytes, (index + 1) * project.inputBytes);
    return [{ index, label: name(label), read: name(read), margin: score(index, read) - score(index, label), pixels }];
  });
}
