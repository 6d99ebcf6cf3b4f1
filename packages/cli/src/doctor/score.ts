import { createEvaluator, type Samples } from '@kiln/codegen';
import { type Graph, numbers, producerOf, tensorOf } from '@kiln/ir';
import type { JudgedInputs } from './judged-inputs.js';

/** What a score counts: right classes, the float network's classes, or the share of its variance that is met. */
export type Measure = 'accuracy' | 'agreement' | 'determination';

/** A network's standing in percent, on one half of the inputs and on the other. */
export interface Score {
  /** On one half of the inputs: cures are chosen by it. */
  readonly choosing: number;
  /** On the other half, which nothing was chosen by. */
  readonly heldOut: number;
  /** Of the first output against the float network's, on all inputs; infinite where nothing differs. */
  readonly signalToNoiseDecibels: number;
}

/** The first output of each input, as reals. */
export type Answers = readonly (readonly number[])[];

export function answersOf(graph: Graph, samples: Samples): Answers {
  const evaluator = createEvaluator(graph);
  const id = graph.outputs[0]!;
  const { quantization } = tensorOf(graph, id);
  const [scale, zeroPoint] = [quantization?.scale[0] ?? 1, quantization?.zeroPoint[0] ?? 0];
  return samples.map((sample) => {
    evaluator.reset();
    return Array.from(numbers(evaluator.run(sample).get(id)!), (value) => scale * (value - zeroPoint));
  });
}

/** Labels count classes; without them a network that classifies is held to the float one's classes, any other to its numbers. */
export function measureOf(graph: Graph, { labels }: JudgedInputs): Measure {
  if (labels !== null) return 'accuracy';
  const classifies = graph.classes !== null || producerOf(graph, graph.outputs[0]!)?.op === 'softmax';
  return classifies ? 'agreement' : 'determination';
}

export function scoreOf(measure: Measure, answers: Answers, truth: Answers, { labels }: JudgedInputs): Score {
  const half = (which: number): number => {
    const chosen = answers.flatMap((_, i) => (halfOf(i) === which ? [i] : []));
    if (measure === 'determination') return determination(chosen.map((i) => [answers[i]!, truth[i]!]));
    const right = chosen.filter((i) => greatest(answers[i]!) === (labels?.[i] ?? greatest(truth[i]!)));
    return (100 * right.length) / chosen.length;
  };
  return { choosing: half(0), heldOut: half(1), signalToNoiseDecibels: decibels(answers, truth) };
}

/** The half of an input, 0 or 1, whatever period the classes come in. Source: Knuth, TAOCP volume 3, section 6.4, Fibonacci hashing. */
function halfOf(index: number): number {
  return Math.imul(index, 0x9e3779b1) >>> 31;
}

/** 100 (1 - sum (y - t)^2 / sum (t - mean)^2), not below 0. */
function determination(pairs: readonly (readonly [readonly number[], readonly number[]])[]): number {
  const all = pairs.flatMap(([, truth]) => truth);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const spread = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = pairs.reduce((sum, [answer, truth]) => sum + squaredDistance(answer, truth), 0);
  return error === 0 ? 100 : 100 * Math.max(0, 1 - error / spread);
}

function decibels(answers: Answers, truth: Answers): number {
  const signal = truth.flat().reduce((sum, value) => sum + value ** 2, 0);
  const noise = truth.reduce((sum, expected, i) => sum + squaredDistance(answers[i]!, expected), 0);
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

/** The index of the greatest, of equal ones the first. */
function greatest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
