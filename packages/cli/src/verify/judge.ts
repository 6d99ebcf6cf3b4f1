import type { Compilation } from '@kiln/codegen';
import { accuracy, argmaxRows, predictWithTensorFlow } from '@kiln/train';
import type { Evaluation, Model } from '../model-folder.js';
import { runStage } from '../ui/progress.js';
import { percent } from '../ui/table.js';
import type { Terminal } from '../ui/terminal.js';
import { outputReader, type Verification } from './verify-compilation.js';

/** What TensorFlow.js itself says of the evaluation set. */
export interface Judgement {
  /** The first output, [count, width], row-major. */
  readonly outputs: Float32Array;
  readonly width: number;
  /** For a network that names classes: those it names, and the share that is right. */
  readonly classes: Uint8Array | null;
  readonly accuracy: number | null;
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
  /** Whether there are classes to disagree about. */
  readonly classified: boolean;
  readonly disagreements: readonly Disagreement[];
  /** Greatest difference of an output, of one above 1 as a share of it; for float32 it has a bound. */
  readonly greatestDifference: number;
}

/** float32 C and TensorFlow.js sum in different orders: their outputs may differ by this much. */
export const FLOAT_TOLERANCE = 1e-5;

/** Lets TensorFlow.js predict the evaluation set. Null without one. */
export async function judge(terminal: Terminal, model: Model): Promise<Judgement | null> {
  const { evaluation } = model;
  if (evaluation === null) return null;
  return runStage(
    terminal,
    'TensorFlow.js predicts',
    async () => judgementOf(await predictWithTensorFlow(model.folder, evaluation.inputs), evaluation),
    ({ accuracy: right }) =>
      right === null ? `${evaluation.count} inputs` : `${percent(right)} of the test set right`,
  );
}

function judgementOf(outputs: Float32Array, { labels, count }: Evaluation): Judgement {
  const width = outputs.length / count;
  const classes = labels === null ? null : argmaxRows(outputs, width);
  return { outputs, width, classes, accuracy: labels === null || classes === null ? null : accuracy(labels, classes) };
}

/** Compares outputs on the evaluation set, and classes where there are labels. */
export function agreementOf(
  compilation: Compilation,
  verification: Verification,
  judgement: Judgement,
  evaluation: Evaluation,
): Agreement {
  const { outputs, width, classes } = judgement;
  const valueAt = outputReader(compilation, verification.trace);
  const disagreements: Disagreement[] = [];
  let greatestDifference = 0;
  for (let index = 0; index < evaluation.count; index++) {
    const at = (i: number): number => outputs[index * width + i]!;
    const compiled = verification.classes?.[index] ?? 0;
    const tensorflow = classes?.[index] ?? compiled;
    if (compiled !== tensorflow) {
      const label = evaluation.labels![index]!;
      disagreements.push({ index, label, tensorflow, compiled, margin: at(tensorflow) - at(compiled) });
    }
    for (let i = 0; i < width; i++) {
      const difference = Math.abs(valueAt(index, i) - at(i)) / Math.max(1, Math.abs(at(i)));
      greatestDifference = Math.max(greatestDifference, difference);
    }
  }
  return { classified: classes !== null, disagreements, greatestDifference };
}
