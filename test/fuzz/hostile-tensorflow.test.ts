import { readGraphDef, readGraphModel, readSavedModel, WRITERS, type WrittenFile } from '@kiln/formats';
import { inferredGraph } from '@kiln/codegen';
import { KilnError } from '@kiln/ir';
import { expect, test } from 'vitest';
import { graphOf, loadFamilies } from '../conformance/oracle-cases.js';
import { COUNT, damage, refusals } from './damage.js';

// TensorFlow's files with bytes changed, and cut off anywhere: a clear error or a network, never a crash.

const cases = loadFamilies().flatMap((family) => family.cases);
const networks = [
  'conv2d-float32-0',
  'transpose-conv-float32-0',
  'strided-slice-float32-0',
  'mean-float32-0',
  'gelu-float32-0',
]
  .flatMap((wanted) => cases.filter(({ name }) => name === wanted))
  .map((judged) => inferredGraph(graphOf(judged)));

const written = async (format: string): Promise<(readonly WrittenFile[])[]> =>
  Promise.all(networks.map(async (network) => WRITERS.find((writer) => writer.format === format)!.write(network)));

test('there are networks to damage', () => expect(networks.length).toBeGreaterThan(2));

test('damaged frozen graphs end in an error of their own', { timeout: 120_000 }, async () => {
  const files = await written('frozen-graph');
  const refused = refusals((random) => {
    const [file] = files[random(files.length)]!;
    inferredGraph(readGraphDef(damage(file!.contents as Uint8Array, random), 'damaged.pb'));
  });
  expect(refused).toBeGreaterThan(COUNT / 10);
});

test(
  'damaged SavedModels end in an error of their own, whichever of their files it is',
  { timeout: 120_000 },
  async () => {
    const models = await written('saved-model');
    const refused = refusals((random, i) => {
      const files = models[random(models.length)]!;
      const hurt = files[i % files.length]!;
      const contents = (path: string): Uint8Array => {
        const file = files.find((candidate) => candidate.path === path);
        const bytes = (file?.contents ?? new Uint8Array(0)) as Uint8Array;
        return path === hurt.path ? damage(bytes, random) : bytes;
      };
      inferredGraph(readSavedModel(contents('saved_model.pb'), 'damaged/saved_model.pb', contents));
    });
    expect(refused).toBeGreaterThan(COUNT / 3);
  },
);

test('graph models with parts missing, doubled or of another type end in an error of their own', async () => {
  const models = await written('tfjs-graph');
  refusals((random) => {
    const [model, weights] = models[random(models.length)]!;
    const lines = (model!.contents as string).split('\n');
    const at = random(lines.length);
    const nasty = ['-1', '"x"', 'null', '[]', '{}', '1e99', '"-1"', '"999999999"', '"/wAAAA=="'];
    lines[at] = lines[at]!.replace(/\d+|"[A-Za-z_0-9/=]+"(?!:)|true|null/, nasty[random(nasty.length)]!);
    let json: unknown;
    try {
      json = JSON.parse(lines.join('\n'));
    } catch {
      return;
    }
    inferredGraph(readGraphModel(json, 'damaged/model.json', () => weights!.contents as Uint8Array));
  });
});

/** A graph of nodes, as a graph model writes it; x is its input. */
const graphModel = (node: readonly object[], library?: object): unknown => ({
  format: 'graph-model',
  modelTopology: {
    node: [
      {
        name: 'x',
        op: 'Placeholder',
        attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } } },
      },
      ...node,
    ],
    library,
  },
  weightsManifest: [],
});

const problemsOf = (json: unknown): string => {
  try {
    readGraphModel(json, 'net/model.json', () => new Uint8Array(0));
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(KilnError);
    return String(error);
  }
};

test('nodes that wait for each other, and functions that call each other, come to an end', () => {
  const circle = [
    { name: 'a', op: 'AddV2', input: ['x', 'b'] },
    { name: 'b', op: 'Relu', input: ['a'] },
    { name: 'y', op: 'Relu', input: ['b'] },
  ];
  expect(problemsOf(graphModel(circle))).toMatch(/E-GRAPHDEF-CYCLE.*waits for its own result/);
  const call = (name: string, f: string, from: string) => ({
    name,
    op: 'PartitionedCall',
    input: [from],
    attr: { f: { func: { name: f } } },
  });
  const signature = (name: string) => ({ name, inputArg: [{ name: 'i' }], outputArg: [{ name: 'o' }] });
  const self = { function: [{ signature: signature('f'), nodeDef: [call('c', 'f', 'i')], ret: { o: 'c:output:0' } }] };
  expect(problemsOf(graphModel([call('y', 'f', 'x')], self))).toMatch(/E-GRAPHDEF-DEPTH/);
  const doubling = Array.from({ length: 40 }, (_, i) => ({
    signature: signature(`f${i}`),
    nodeDef:
      i === 0
        ? [{ name: 'b', op: 'Relu', input: ['i'] }]
        : [call('a', `f${i - 1}`, 'i'), call('b', `f${i - 1}`, 'a:output:0')],
    ret: { o: i === 0 ? 'b:activations:0' : 'b:output:0' },
  }));
  expect(problemsOf(graphModel([call('y', 'f39', 'x')], { function: doubling }))).toMatch(/E-GRAPHDEF-SIZE/);
});

test('sizes that no target holds are refused before they are made', () => {
  const list = (name: string, values: number[]) => ({
    name,
    op: 'Const',
    attr: {
      dtype: { type: 'DT_INT32' },
      value: { tensor: { dtype: 'DT_INT32', tensorShape: { dim: [{ size: values.length }] }, intVal: values } },
    },
  });
  const huge = [list('size', [30000, 30000]), { name: 'big', op: 'BroadcastTo', input: ['x', 'size'] }];
  expect(problemsOf(graphModel(huge))).toMatch(/E-GRAPHDEF-SHAPE.*\[30000, 30000\]/);
  const filled = [
    list('size', [2000, 2000]),
    { name: 'zero', op: 'Const', attr: { value: { tensor: { dtype: 'DT_FLOAT', tensorShape: {} } } } },
    ...Array.from({ length: 9 }, (_, i) => ({ name: `f${i}`, op: 'Fill', input: ['size', 'zero'] })),
    { name: 'y', op: 'AddN', input: Array.from({ length: 9 }, (_, i) => `f${i}`) },
    { name: 'z', op: 'AddV2', input: ['x', 'y'] },
  ];
  expect(problemsOf(graphModel(filled))).toMatch(/E-GRAPHDEF-CONSTANTS/);
});

test('every operator that Kiln lacks is named with its node, and those of branches that are not taken are not', () => {
  const nodes = [
    {
      name: 'learning',
      op: 'Const',
      attr: { value: { tensor: { dtype: 'DT_BOOL', tensorShape: {}, boolVal: [false] } } },
    },
    { name: 'cond', op: 'Switch', input: ['x', 'learning'] },
    { name: 'noise', op: 'RandomUniform', input: ['cond:1'] },
    { name: 'merged', op: 'Merge', input: ['cond', 'noise'] },
    { name: 'one', op: 'Lgamma', input: ['merged'] },
    { name: 'two', op: 'Qr', input: ['one'] },
  ];
  const text = problemsOf(graphModel(nodes));
  expect(text).toMatch(/E-GRAPHDEF-OPERATOR: model.json, node 'one' \(Lgamma\): is a Lgamma, expected one of .*Conv2D/);
  expect(text).toMatch(/node 'two' \(Qr\)/);
  expect(text).not.toMatch(/RandomUniform/);
});
