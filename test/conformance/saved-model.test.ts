import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, createEvaluator, inferredGraph } from '@kiln/codegen';
import { readModel } from '@kiln/formats';
import { type Graph, type NumberData, tensorOf } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { seededUnit } from './fan-out.js';

// The keyword spotter of MLPerf Tiny as TensorFlow saved it and as its own conversion to int8 is.

const MODELS = fileURLToPath(new URL('../../../shared/models/', import.meta.url));
const SAMPLES = 40;
const [FRAMES, COEFFICIENTS] = [49, 10];

/** Coefficients as speech has them: the first large, the others smaller, each drifting from frame to frame. */
function sample(unit: () => number, least: number, most: number): Float32Array {
  const data = new Float32Array(FRAMES * COEFFICIENTS);
  for (let c = 0; c < COEFFICIENTS; c++) {
    const [size, pitch, phase] = [(most - least) / (2 + c), 0.1 + unit() * 0.5, unit() * 6];
    const level = c === 0 ? least + unit() * (most - least) * 0.8 : (unit() - 0.5) * size;
    for (let t = 0; t < FRAMES; t++) {
      const value = level + size * (0.3 * Math.sin(pitch * t + phase) + 0.2 * (unit() - 0.5));
      data[t * COEFFICIENTS + c] = Math.min(most, Math.max(least, value));
    }
  }
  return data;
}

const indexOfMax = (values: NumberData): number => values.indexOf(Math.max(...values));

function answers(graph: Graph, inputs: readonly NumberData[]): NumberData[] {
  const evaluator = createEvaluator(graph);
  return inputs.map((input) => evaluator.run([input]).get(graph.outputs[0]!) as NumberData);
}

const shareOfEqual = (a: readonly NumberData[], b: readonly NumberData[]): number =>
  a.filter((values, i) => indexOfMax(values) === indexOfMax(b[i]!)).length / a.length;

describe.skipIf(!existsSync(`${MODELS}kws_savedmodel`))('the keyword spotter as a SavedModel (needs ../shared)', () => {
  const model = readModel(`${MODELS}kws_savedmodel`);
  const reference = inferredGraph(readModel(`${MODELS}kws_dscnn_int8.tflite`));
  const { quantization } = tensorOf(reference, reference.inputs[0]!);
  const [scale, zero] = [quantization!.scale[0]!, quantization!.zeroPoint[0]!];
  const unit = seededUnit(5);
  const make = (): Float32Array[] =>
    Array.from({ length: SAMPLES }, () => sample(unit, scale * (-128 - zero), scale * (127 - zero)));
  const [calibration, inputs] = [make(), make()];

  test('its batch normalisation is folded into the layers before it', () => {
    const { nodes } = inferredGraph(model);
    expect(nodes.map(({ op }) => op).filter((op) => op === 'mul' || op === 'add')).toEqual([]);
    expect(nodes).toHaveLength(22);
  });

  test(
    'quantized here it follows the float network no worse than its own conversion to int8',
    { timeout: 300_000 },
    () => {
      const { graph } = compile(model, {
        name: 'kws',
        precision: 'int8',
        calibration: calibration.map((values) => [values]),
        source: 'kws',
        version: '0',
      });
      const float = answers(inferredGraph(model), inputs);
      const integers = (target: Graph): Int8Array[] => {
        const { quantization: own } = tensorOf(target, target.inputs[0]!);
        return inputs.map((values) =>
          Int8Array.from(values, (x) =>
            Math.min(127, Math.max(-128, Math.round(x / own!.scale[0]!) + own!.zeroPoint[0]!)),
          ),
        );
      };
      const ours = answers(graph, inputs);
      const theirs = answers(reference, integers(reference));
      if (process.env['KILN_MEASURE'] !== undefined)
        console.log(shareOfEqual(ours, float), shareOfEqual(theirs, float));
      expect(shareOfEqual(ours, float)).toBeGreaterThanOrEqual(shareOfEqual(theirs, float) - 0.01);
    },
  );
});
