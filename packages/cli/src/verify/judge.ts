import type { Compilation } from '@kiln/codegen';
import { accuracy, argmaxRows, predictWithTensorFlow } from '@kiln/train';
import type { Evaluation, Model } from '../model-folder.js';
import { runStage } from '../ui/progress.js';
import { percent } from '../ui/table.js';
import type { Terminal } from '../ui/terminal.js';
import { outputReader, type Verification } from './verify-compilation.js';

/** What TensorFlow.js itself says of the evaluation set. */
export interface Judgement {
  /** [count, classes], row-major. */
  readonly probabilities: Float32Array;
  readonly classes: Uint8Array;
  readonly classCount: number;
  readonly accuracy: number;
}

/** One input on which a compiled network and TensorFlow.js name different classes. */
export interface Disagreement {
  readonly index: number;
  readonly label: number;
  readonly tensorflow: number;
  readonly compiled: number;
  /** TensorFlow.js's probability of its class minus that of the other one. */
  readonly margin: number;
}

/** How a compiled network stands to TensorFlow.js. */
export interface Agreement {
  readonly disagreements: readonly Disagreement[];
  /** Greatest difference of a probability; for float32 it has a bound. */
  readonly greatestDifference: number;
}

/** float32 C and TensorFlow.js sum in different orders: their probabilities may differ by this much. */
export const FLOAT_TOLERANCE = 1e-5;

/** Lets TensorFlow.js predict the evaluation set. Null without one. */
export async function judge(terminal: Terminal, model: Model): Promise<Judgement | null> {
  const { evaluation } = model;
  if (evaluation === null) return null;
  return runStage(
    terminal,
    'TensorFlow.js predicts',
    async () => judgementOf(await predictWithTensorFlow(model.folder, evaluation.inputs), evaluation),
    (judgement) => `${percent(judgement.accuracy)} of the test set right`,
  );
}

function judgementOf(probabilities: Float32Array, { labels, count }: Evaluation): Judgement {
  const classCount = probabilities.length / count;
  const classes = argmaxRows(probabilities, classCount);
  return { probabilities, classes, classCount, accuracy: accuracy(labels, classes) };
}

/** Compares classes and probabilities on the labelled inputs. */
export function agreementOf(
  compilation: Compilation,
  verification: Verification,
  judgement: Judgement,
  evaluation: Evaluation,
): Agreement {
  const { probabilities, classCount } = judgement;
  const disagreements: Disagreement[] = [];
  const valueAt = outputReader(compilation, verification.trace);
  let greatestDifference = 0;
  for (let index = 0; index < evaluation.count; index++) {
    const compiled = verification.classes?.[index] ?? 0;
    const tensorflow = judgement.classes[index]!;
    const at = (i: number): number => probabilities[index * classCount + i]!;
    if (compiled !== tensorflow) {
      disagreements.push({
        index,
        label: evaluation.labels[index]!,
        tensorflow,
        compiled,
        margin: at(tensorflow) - at(compiled),
      });
    }
    for (let i = 0; i < classCount; i++) {
      greatestDifference = Math.max(greatestDifference, Math.abs(valueAt(index, i) - at(i)));
    }
  }
  return { disagreements, greatestDifference };
}
