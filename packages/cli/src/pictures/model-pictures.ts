import { type Compilation, createEvaluator } from '@kiln/codegen';
import { type NumberData, tensorOf } from '@kiln/ir';
import { argmaxRows, MODEL_FILES, type TrainingRecord } from '@kiln/train';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation, Model } from '../model-folder.js';
import { answerPictures } from './answer-pictures.js';
import type { Picture } from './picture.js';
import { trainingPictures } from './training-pictures.js';
import { weightPictures } from './weight-pictures.js';

/** How the network in a model folder was trained, or null if Kiln did not train it. */
function trainingRecord(model: Model): TrainingRecord | null {
  const path = join(model.folder, MODEL_FILES.training);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as TrainingRecord) : null;
}

/** Curves, answers on the test set (the class of each input, where it names classes) and weights of a compiled network. */
export function modelPictures(
  model: Model,
  { graph }: Compilation,
  classes: readonly string[],
  answers: Uint8Array | null,
): Picture[] {
  const record = trainingRecord(model);
  const { evaluation } = model;
  const input = tensorOf(graph, graph.inputs[0]!).shape;
  return [
    ...(record === null ? [] : trainingPictures(record)),
    ...(evaluation === null || answers === null ? [] : answerPictures(evaluation, answers, classes, input.at(-2) ?? 1)),
    ...weightPictures(graph),
  ];
}

/** The class that a graph names for each of its evaluation inputs. */
export function answersOf(graph: Compilation['graph'], { inputs, count }: Evaluation): Uint8Array {
  const evaluator = createEvaluator(graph);
  const size = inputs.length / count;
  const rows = Array.from({ length: count }, (_, i) => {
    const values = evaluator.run([inputs.subarray(i * size, (i + 1) * size)]).get(graph.outputs[0]!) as NumberData;
    return Array.from(values);
  });
  return argmaxRows(Float32Array.from(rows.flat()), rows[0]?.length ?? 1);
}
