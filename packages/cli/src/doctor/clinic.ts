import {
  type Compilation,
  diagnoseLayers,
  isWidenable,
  type LayerDiagnosis,
  type Precision,
  type QuantizationPlan,
  type Samples,
} from '@kiln/codegen';
import { type Graph, type Node, producerOf, type TensorId } from '@kiln/ir';
import { compileModel } from '../compile-model.js';
import type { Model } from '../model-folder.js';
import type { Terminal } from '../ui/terminal.js';
import type { JudgedInputs } from './judged-inputs.js';
import type { RetrainedModel } from './retrain-model.js';
import { type Answers, answersOf, type Measure, measureOf, type Score, scoreOf } from './score.js';
import { nameOf } from './treatment-name.js';

/** A way to quantize, and what came of it. */
export interface Treatment {
  readonly precision: Precision;
  /** Null for what is no int8: it is there to compare. */
  readonly plan: QuantizationPlan | null;
  /** The network with the weights that retraining gave it; null if it has its own. */
  readonly retrained: RetrainedModel | null;
  readonly score: Score;
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly macs: number;
  readonly compilation: Compilation;
}

/** Samples that layers are looked at with. */
const DIAGNOSED_SAMPLES = 64;

/** Compiles a model in one way after the other and judges what comes out. */
export class Clinic {
  private readonly known = new Map<string, Treatment>();

  private constructor(
    private readonly terminal: Terminal,
    private readonly model: Model,
    private readonly inputs: JudgedInputs,
    readonly measure: Measure,
    private readonly truth: Answers,
    readonly float: Treatment,
  ) {}

  static async open(terminal: Terminal, model: Model, inputs: JudgedInputs): Promise<Clinic> {
    const compilation = await compileModel(terminal, model, { name: model.graph.name, precision: 'float32' });
    const truth = answersOf(compilation.graph, inputs.samples);
    const measure = measureOf(compilation.graph, inputs);
    const float = treatmentOf(compilation, 'float32', null, null, scoreOf(measure, truth, truth, inputs));
    return new Clinic(terminal, model, inputs, measure, truth, float);
  }

  get treatments(): readonly Treatment[] {
    return [...this.known.values()];
  }

  /** Compiles by that plan, with other weights if there are any, and judges the result. What was tried before is known. */
  async treat(plan: QuantizationPlan, retrained: RetrainedModel | null = null): Promise<Treatment> {
    const key = JSON.stringify([plan, retrained?.model.sha256]);
    const treatment = this.known.get(key) ?? (await this.judge('int8', plan, retrained));
    this.known.set(key, treatment);
    return treatment;
  }

  /** What one precision gives without any plan, to compare. */
  compare(precision: Precision): Promise<Treatment> {
    return this.judge(precision, null, null);
  }

  private async judge(
    precision: Precision,
    plan: QuantizationPlan | null,
    retrained: RetrainedModel | null,
  ): Promise<Treatment> {
    const options = {
      name: this.model.graph.name,
      precision,
      plan: plan ?? undefined,
      title: nameOf({ precision, plan, retrained }),
    };
    const compilation = await compileModel(this.terminal, retrained?.model ?? this.model, options);
    const answers = answersOf(compilation.graph, this.inputs.samples);
    const score = scoreOf(this.measure, answers, this.truth, this.inputs);
    return treatmentOf(compilation, precision, plan, retrained, score);
  }
}

function treatmentOf(
  compilation: Compilation,
  precision: Precision,
  plan: QuantizationPlan | null,
  retrained: RetrainedModel | null,
  score: Score,
): Treatment {
  const { constantBytes, arenaBytes, macs } = compilation.project;
  return { precision, plan, retrained, score, constantBytes, arenaBytes, macs, compilation };
}

export function diagnose({ compilation }: Treatment, samples: Samples): LayerDiagnosis[] {
  const { float, graph, elimination } = compilation;
  return diagnoseLayers(float, elimination.before ?? graph, samples.slice(0, DIAGNOSED_SAMPLES));
}

/**
 * Layers whose results could keep 16 bits and do not, those first that would help most: the layer that suffers the most noise
 * suffers from what it reads or from its own result.
 */
export function worstLayers({ compilation }: Treatment, layers: readonly LayerDiagnosis[]): string[] {
  const { float } = compilation;
  const diagnosed = new Map(layers.map((layer) => [layer.node, layer]));
  const noisiest = [...layers].sort((a, b) => a.alone.signalToNoiseDecibels - b.alone.signalToNoiseDecibels);
  const nodes = noisiest.flatMap(({ node }) => {
    const own = float.nodes.find(({ id }) => id === node)!;
    return [makerOf(float, own.inputs[0]!), own];
  });
  const able = nodes.filter(
    (node) =>
      node !== null && node.op !== 'reshape' && diagnosed.get(node.id)?.dtype === 'int8' && isWidenable(float, node),
  );
  return [...new Set(able.map((node) => node!.name))];
}

/** The node that computes the values of a tensor, not one that only hands them on. */
function makerOf(graph: Graph, id: TensorId): Node | null {
  const producer = producerOf(graph, id);
  return producer?.op === 'reshape' ? makerOf(graph, producer.inputs[0]!) : producer;
}
