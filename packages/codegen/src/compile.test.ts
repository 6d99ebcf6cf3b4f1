import { expect, test } from 'vitest';
import { compile, type CompileOptions } from './compile.js';
import { ChainBuilder, digitsNetwork, samples } from './testing/graphs.js';

const options: CompileOptions = {
  name: 'digits',
  precision: 'int8',
  calibration: samples(40, 64, 'uint8'),
  source: 'model.json sha256:0123',
  version: '0.1.0',
};

test('the same graph gives the same bytes, twice', () => {
  const [first, second] = [compile(digitsNetwork(), options), compile(digitsNetwork(), options)];
  expect(second.project).toEqual(first.project);
});

test('the digits network has the size that its layers say', () => {
  const { project, program } = compile(digitsNetwork(), options);
  expect(project.macs).toBe(380_288);
  expect(project.arenaBytes).toBe(1408);
  expect(program.plan.lowerBoundBytes).toBe(1408);
  const weights = 288 + 9216 + 36_864 + 1280;
  const perChannel = (32 + 32 + 128 + 10) * 9;
  expect(project.constantBytes).toBe(weights + perChannel + 64 * 9);
});

test('the trace of an inference is every layer, then run, then classify', () => {
  const { project } = compile(digitsNetwork(), options);
  expect(project.trace.map(({ node }) => node)).toEqual([
    'standardize_1',
    'conv2d_2',
    'conv2d_4',
    'maxPool2d_6',
    'dense_9',
    'dense_11',
    'softmax_12',
    'run',
    'classify',
  ]);
  expect(project.traceBytes).toBe(64 + 1152 + 1152 + 288 + 128 + 10 + 10 + 10 + 4);
});

test('passes are told by name, in their order', () => {
  const passes: string[] = [];
  compile(digitsNetwork(), { ...options, onPass: (pass) => passes.push(pass) });
  expect(passes).toEqual([
    'nameNodes',
    'inferShapes',
    'foldConstants',
    'mergeReshapes',
    'fuseActivations',
    'eliminateDeadNodes',
    'checkOperatorSupport',
    'quantizeTensors',
    'eliminateDeadNodes',
    'checkOperatorSupport',
    'eliminateDeadChannels',
    'isolateOutputs',
    'isolateStates',
    'nameNodes',
  ]);
});

test('int8 without samples is an error that says how to give some', () => {
  const { calibration: _, ...without } = options;
  expect(() => compile(digitsNetwork(), without)).toThrow(/integers need sample inputs/);
  expect(() => compile(digitsNetwork(), { ...options, calibration: [] })).toThrow(/found none/);
});

test('a network with a float input takes it, and the quantized one beside it', () => {
  const graph = new ChainBuilder([1, 8], { name: 'sensor' }).dense(3, 8, 'relu').dense(2, 3).finish();
  const { project } = compile(graph, { ...options, name: 'sensor', calibration: samples(20, 8, 'float32') });
  const header = project.files[0]!.text;
  expect(header).toContain('void sensor_run(const float input[8], int8_t dense_2[2], sensor_arena *arena);');
  expect(header).toContain(
    'void sensor_run_quantized(const int8_t quantized[8], int8_t dense_2[2], sensor_arena *arena);',
  );
  expect(header).toMatch(/#define SENSOR_DENSE_2_SCALE \(0\.\d+f\)/);
});

test('what an operator cannot do in integers is found once the scales are known', () => {
  const graph = new ChainBuilder([1, 5000]).softmax().finish();
  const calibration = samples(2, 5000, 'float32');
  expect(() => compile(graph, { ...options, calibration })).toThrow(
    /softmax: found rows of 5000, expected at most 4095/,
  );
  expect(() => compile(graph, { ...options, precision: 'float32' })).not.toThrow();
});

test('two layers of one text share a function', () => {
  const chain = new ChainBuilder([1, 6, 6, 2])
    .relu()
    .maxPool2d({ strides: [1, 1] })
    .relu()
    .finish();
  const { program } = compile(chain, { ...options, precision: 'float32' });
  expect(program.steps).toHaveLength(3);
  const twice = new ChainBuilder([1, 4, 4, 1]).relu().relu().finish();
  expect(compile(twice, { ...options, precision: 'float32' }).program.functions).toHaveLength(1);
});

test('names in a model cannot break out of the C', () => {
  const graph = digitsNetwork();
  const hostile = '*/ #error "x" /*\n??/"\\';
  const nodes = graph.nodes.map((node, i) => ({ ...node, name: i % 2 === 0 ? hostile : 'digits_run' }));
  const { project } = compile({ ...graph, name: hostile, classes: [hostile], nodes } as typeof graph, options);
  for (const { text } of project.files) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/"[^"\n]*"/g, '');
    expect(code).not.toContain('#error "x"');
    expect(code).not.toMatch(/\*\//);
    expect(text).not.toContain('??');
  }
});
