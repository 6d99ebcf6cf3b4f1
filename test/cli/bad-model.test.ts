import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from '@kiln/formats';
import { expect, test } from 'vitest';
import { type Ended, errorCodes, Sandbox } from './kiln-process.js';
import { saveInputs, saveModel, type TinyModel, tinyModel, weight } from './tiny-model.js';

const sandbox = new Sandbox();
const good = saveModel(sandbox.at('good'));
let count = 0;

/** Saves the tiny model with one thing changed. */
function changed(change: (model: TinyModel) => void): string {
  const model = tinyModel();
  change(model);
  return saveModel(sandbox.at(`model-${count++}`), model);
}

/** Saves the tiny model, then changes its files. */
function damaged(damage: (folder: string) => void): string {
  const folder = changed(() => undefined);
  damage(folder);
  return folder;
}

const inspect = (model: string): Promise<Ended> => sandbox.run(['inspect', model]);

/** One line for each error, none of them Kiln's own fault, and nothing on stdout. */
function expectErrors(ended: Ended, ...codes: string[]): void {
  expect({ code: ended.code, stdout: ended.stdout, codes: errorCodes(ended) }).toEqual({ code: 1, stdout: '', codes });
  expect(ended.stderr).not.toMatch(/^ +at |undefined|\[object/m);
}

test('a model that does not exist, an empty folder and an empty file are told apart', async () => {
  const missing = await inspect(sandbox.at('nowhere'));
  expectErrors(missing, 'E-MODEL-MISSING');
  expect(missing.stderr).toContain(sandbox.at('nowhere'));
  expectErrors(await inspect(sandbox.folder('empty')), 'E-MODEL-FOLDER');
  writeFileSync(sandbox.at('empty.json'), '');
  expectErrors(await inspect(sandbox.at('empty.json')), 'E-TFJS-JSON');
});

test('a model.json that is cut in half, is no JSON or is something else says so', async () => {
  const half = damaged((folder) => {
    const file = join(folder, 'model.json');
    truncateSync(file, Math.floor(readFileSync(file).length / 2));
  });
  expectErrors(await inspect(half), 'E-TFJS-JSON');
  const cases: [string | Uint8Array, string][] = [
    ['digits', 'E-TFJS-JSON'],
    ['null', 'E-TFJS-FORMAT'],
    ['{"a": 1}', 'E-TFJS-FORMAT'],
    ['{"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}', 'E-GRAPHDEF-PORTS'],
    [Uint8Array.from({ length: 2000 }, (_, i) => (i * 89) % 256), 'E-TFJS-JSON'],
  ];
  const folders = cases.map(([text]) => damaged((folder) => writeFileSync(join(folder, 'model.json'), text)));
  const ended = await Promise.all(folders.map(inspect));
  cases.forEach(([, code], i) => expectErrors(ended[i]!, code));
});

test('weights that are missing, truncated or too long are an error with both lengths', async () => {
  const weights = (folder: string): string => join(folder, 'weights.bin');
  expectErrors(await inspect(damaged((folder) => rmSync(weights(folder)))), 'E-MODEL-READ');
  const short = await inspect(damaged((folder) => truncateSync(weights(folder), 100)));
  expectErrors(short, 'E-TFJS-WEIGHT-BYTES');
  expect(short.stderr).toMatch(/188 bytes.*100/);
  expectErrors(
    await inspect(damaged((folder) => writeFileSync(weights(folder), Buffer.alloc(192)))),
    'E-TFJS-WEIGHT-BYTES',
  );
});

test('weights that are not numbers are named', async () => {
  for (const [value, text] of [
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ] as const) {
    const ended = await inspect(changed(({ weights }) => void (weights[2]!.values[5] = value)));
    expectErrors(ended, 'E-TFJS-WEIGHT-VALUE');
    expect(ended.stderr).toMatch(new RegExp(`dense/kernel.* ${text} at index 5`));
  }
});

test('layers that are not supported are reported all at once', async () => {
  const ended = await inspect(
    changed(({ layers }) => {
      layers.splice(
        1,
        0,
        { class_name: 'LSTM', config: { name: 'memory' } },
        { class_name: 'Fancy\u001b[31m', config: { name: 'fancy' } },
      );
      layers[0]!.config['activation'] = 'crelu';
      layers[0]!.config['padding'] = 'causal';
    }),
  );
  expectErrors(ended, 'E-KERAS-OPTION', 'E-KERAS-OPTION', 'E-KERAS-LAYER', 'E-KERAS-LAYER');
  expect(ended.stderr).toMatch(/layer 'conv'.*causal[^]*layer 'conv'.*crelu/);
  expect(ended.stderr).toMatch(/layer 'memory': has class LSTM, expected one of .*Conv2D/);
  expect(ended.stderr).not.toContain('\u001b');
});

test('weights of the wrong shape, and weights that are not there, are reported together', async () => {
  const ended = await inspect(
    changed(({ weights }) => {
      weights[0] = weight('conv/kernel', [3, 3, 1, 4], 1);
      weights[3]!.name = 'dense/bais';
    }),
  );
  expectErrors(ended, 'E-KERAS-WEIGHT', 'E-KERAS-WEIGHT-MISSING');
  expect(ended.stderr).toMatch(/'conv'.*\[3, 3, 1, 2\].*\[3, 3, 1, 4\]/);
  expect(ended.stderr).toMatch(/'dense'.*bias of shape \[3\].*no such weight/);
});

test('layers that do not fit together name both sizes', async () => {
  const features = await inspect(changed(({ weights }) => void (weights[2] = weight('dense/kernel', [9, 3], 3))));
  expect({ code: features.code, stdout: features.stdout }).toEqual({ code: 1, stdout: '' });
  expect(features.stderr).toMatch(/^error E-[A-Z-]+: .*dense.*8.*9/);
  const window = await inspect(changed(({ layers }) => void (layers[1]!.config['pool_size'] = [9, 9])));
  expect(window).toMatchObject({ code: 1, stdout: '' });
  expect(window.stderr).toMatch(/^error E-[A-Z-]+: .*pool/);
});

test('a network without a fixed input shape, and one without layers, are refused', async () => {
  const open = await inspect(
    changed(({ layers }) => void (layers[0]!.config['batch_input_shape'] = [null, null, null, 1])),
  );
  expectErrors(open, 'E-KERAS-INPUT-SHAPE');
  expectErrors(await inspect(changed((model) => void ((model.layers = []), (model.weights = [])))), 'E-KERAS-EMPTY');
});

test('two layers of one name are refused: their weights could be taken for one another', async () => {
  const ended = await inspect(
    changed(({ layers, weights }) => {
      layers.push({ class_name: 'Dense', config: { name: 'dense', units: 3 } });
      weights.push(weight('dense/kernel', [3, 3], 5), weight('dense/bias', [3], 6));
    }),
  );
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^error E-TFJS-[A-Z-]+: .*'dense'/);
});

test('networks with several inputs, or outputs that are not the last layer, are read; ones that do not hang together are refused', async () => {
  const calls = (name: string) => [[[name, 0, 0, {}]]];
  const functional = (inputs: string[], outputs: string[]) =>
    changed((model) => {
      const layers: Record<string, unknown>[] = [
        { class_name: 'InputLayer', name: 'a', config: { name: 'a', batch_input_shape: [null, 8] }, inbound_nodes: [] },
        { class_name: 'InputLayer', name: 'b', config: { name: 'b', batch_input_shape: [null, 8] }, inbound_nodes: [] },
        {
          class_name: 'Dense',
          name: 'dense',
          config: { name: 'dense', units: 3 },
          inbound_nodes: calls(inputs.at(-1)!),
        },
        { class_name: 'ReLU', name: 'relu', config: { name: 'relu' }, inbound_nodes: calls('dense') },
      ];
      const config = {
        name: 'functional',
        layers: layers.filter(({ name, class_name: kind }) => kind !== 'InputLayer' || inputs.includes(String(name))),
        input_layers: inputs.map((name) => [name, 0, 0]),
        output_layers: outputs.map((name) => [name, 0, 0]),
      };
      model.extra = { modelTopology: { class_name: 'Model', config } };
    });
  for (const folder of [
    functional(['a'], ['relu']),
    functional(['a', 'b'], ['relu']),
    functional(['a'], ['dense']),
    functional(['a'], ['dense', 'relu']),
  ]) {
    expect(await inspect(folder)).toMatchObject({ code: 0, stderr: '' });
  }
  expectErrors(await inspect(functional(['a'], ['elsewhere'])), 'E-KERAS-OUTPUT');
  expectErrors(await inspect(functional(['a', 'nowhere'], ['relu'])), 'E-KERAS-INPUT-SHAPE');
});

test('weight files outside the folder of the model are not read', async () => {
  for (const path of ['../good/weights.bin', '/etc/hostname', 'a/../../good/weights.bin']) {
    const folder = damaged((at) => {
      const file = join(at, 'model.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('weights.bin', path));
    });
    expectErrors(await inspect(folder), 'E-MODEL-PATH');
  }
});

test('calibration inputs of the wrong shape or dtype, none at all, or damaged ones, are named', async () => {
  const compile = (...more: string[]): Promise<Ended> =>
    sandbox.run(['compile', good, '-o', sandbox.at('c'), '--quiet', ...more]);
  const file = sandbox.at('calibration.npy');
  const write = (dtype: 'float32' | 'uint8', shape: number[]): void => {
    const size = shape.reduce((product, length) => product * length, 1);
    writeFileSync(
      file,
      writeNpy({ dtype, shape, data: dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size) }),
    );
  };
  write('float32', [5, 4, 3, 1]);
  const shape = await compile('--calibrate', file);
  expectErrors(shape, 'E-NPY-SHAPE');
  expect(shape.stderr).toMatch(/calibration\.npy: .*float32\[5, 4, 3, 1\].*float32\[n, 4, 4, 1\]/);
  write('uint8', [5, 4, 4, 1]);
  expectErrors(await compile('--calibrate', file), 'E-NPY-SHAPE');
  write('float32', [0, 4, 4, 1]);
  expectErrors(await compile('--calibrate', file), 'E-CALIBRATION');
  write('float32', []);
  expectErrors(await compile('--calibrate', file), 'E-NPY-SHAPE');
  write('float32', [5, 4, 4, 1]);
  truncateSync(file, 200);
  expectErrors(await compile('--calibrate', file), 'E-NPY-LENGTH');
  writeFileSync(file, 'no array');
  expectErrors(await compile('--calibrate', file), 'E-NPY-MAGIC');
  expectErrors(await compile('--calibrate', sandbox.at('nowhere.npy')), 'E-NPY-READ');
  const alone = damaged((folder) => rmSync(join(folder, 'calibration.npy')));
  const none = await sandbox.run(['compile', alone, '-o', sandbox.at('c'), '--quantize', 'int8', '--quiet']);
  expectErrors(none, 'E-CALIBRATION');
  expect(none.stderr).toMatch(/--calibrate.*--quantize float32/);
});

test('calibration inputs that hold no numbers are refused', async () => {
  const file = sandbox.at('nan.npy');
  const data = new Float32Array(32);
  data[20] = NaN;
  writeFileSync(file, writeNpy({ dtype: 'float32', shape: [2, 4, 4, 1], data }));
  const ended = await sandbox.run(['compile', good, '-o', sandbox.at('c'), '--quiet', '--calibrate', file]);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^error E-[A-Z-]+: .*nan\.npy.*NaN/);
});

test('inputs of the wrong shape, dtype or number are named', async () => {
  const run = (file: string, ...more: string[]): Promise<Ended> =>
    sandbox.run([
      'run',
      good,
      '--on',
      'reference',
      '--quantize',
      'float32',
      '--quiet',
      '--input',
      file,
      '--out-dir',
      sandbox.at('out'),
      ...more,
    ]);
  const shape = await run(saveInputs(sandbox.at('wide.npy'), 2, [4, 5, 1]));
  expectErrors(shape, 'E-NPY-SHAPE');
  expect(shape.stderr).toMatch(/wide\.npy: .*\[2, 4, 5, 1\].*\[n, 4, 4, 1\]/);
  expectErrors(await run(sandbox.at('nowhere.npy')), 'E-NPY-READ');
  expectErrors(await run(sandbox.folder('a-folder')), 'E-NPY-READ');
  const two = await run(sandbox.at('wide.npy'), '--input', sandbox.at('wide.npy'));
  expect({ code: two.code, codes: errorCodes(two) }).toEqual({ code: 2, codes: ['E-INPUT-COUNT'] });
  const empty = await run(saveInputs(sandbox.at('none.npy'), 0));
  expect(empty.code === 0 || errorCodes(empty).length === 1, empty.stderr).toBe(true);
});

test('verify --inputs names a folder that is not there or holds no arrays', async () => {
  const verify = (folder: string): Promise<Ended> =>
    sandbox.run(['verify', good, '--quantize', 'float32', '--quiet', '--inputs', folder]);
  expectErrors(await verify(sandbox.at('nowhere')), 'E-INPUTS-FOLDER');
  expectErrors(await verify(sandbox.folder('no-arrays')), 'E-INPUTS-EMPTY');
  saveInputs(join(sandbox.folder('arrays'), 'wrong.npy'), 3, [2, 2, 1]);
  expectErrors(await verify(sandbox.at('arrays')), 'E-NPY-SHAPE');
});
