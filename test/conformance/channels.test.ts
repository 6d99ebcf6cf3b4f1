import { compile, createEvaluator } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import { allocate, elementCount, type Graph, type NumberData, type TensorData, tensorOf } from '@kiln/ir';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededUnit } from './fan-out.js';

const MODELS = new URL('../../../shared/models/', import.meta.url).pathname;

/** Random inputs in the default run; `KILN_CHANNEL_COUNT` asks for more. */
const COUNT = Number(process.env['KILN_CHANNEL_COUNT'] ?? 12);

/** Multiply-accumulates with all channels, and the most that may be left. */
const NETWORKS = [
  { file: 'vww_mobilenetv1_int8', whole: 7_489_664, most: 3_733_073 },
  { file: 'kws_dscnn_int8', whole: 2_656_768, most: 2_656_768 },
  { file: 'ic_resnet8_int8', whole: 12_501_632, most: 12_501_632 },
  { file: 'ad01_int8', whole: 264_192, most: 264_192 },
  { file: 'digits_cnn_int8', whole: 380_288, most: 380_288 },
];

/** The corners (all least, all greatest, all zero, checkered), then random ones. */
function* inputsOf(graph: Graph, count: number): Generator<TensorData[]> {
  const unit = seededUnit(7);
  const fills = [() => -128, () => 127, () => 0, (i: number) => (i % 2 === 0 ? -128 : 127)];
  const random = (): number => Math.floor(unit() * 256) - 128;
  for (let index = 0; index < fills.length + count; index++) {
    yield graph.inputs.map((id) => {
      const { dtype, shape } = tensorOf(graph, id);
      const data = allocate(dtype, elementCount(shape)) as NumberData;
      data.forEach((_, i) => (data[i] = (fills[index] ?? random)(i)));
      return data;
    });
  }
}

for (const { file, whole, most } of NETWORKS) {
  const path = `${MODELS}${file}.tflite`;
  test.skipIf(!existsSync(path))(
    `${file} gives the same outputs without the channels that change nothing, ${COUNT} random inputs (needs ../shared)`,
    () => {
      const model = readTflite(readFileSync(path), file);
      const { graph, project, elimination } = compile(model, {
        name: file,
        precision: 'model',
        source: file,
        version: '0.1.0',
      });
      const dropped = elimination.log.reduce((sum, record) => sum + record.dropped.length, 0);
      console.log(
        `${file}: ${elimination.macsBefore} -> ${project.macs} MACs, ${dropped} channels, ${project.constantBytes} B`,
      );
      expect(elimination.macsBefore).toBe(whole);
      expect(project.macs).toBeLessThanOrEqual(most);
      if (elimination.before === null) return;
      const [before, after] = [createEvaluator(elimination.before), createEvaluator(graph)];
      for (const inputs of inputsOf(graph, COUNT)) {
        const expected = before.run(inputs);
        const found = after.run(inputs);
        graph.outputs.forEach((id, i) => expect(found.get(id)).toEqual(expected.get(elimination.before!.outputs[i]!)));
      }
    },
  );
}
