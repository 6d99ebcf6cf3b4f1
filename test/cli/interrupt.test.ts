import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, errorCodes, programInPath, type Running, Sandbox } from './kiln-process.js';
import { saveInputs, saveModel, tinyModel, weight } from './tiny-model.js';

// Ctrl-C in each stage: the command ends with 130, and nothing of its work is left.

const sandbox = new Sandbox();
const model = saveModel(sandbox.at('model'));
const compiler = ['gcc', 'clang', 'cc'].map(programInPath).find((path) => path !== null);

/** A server that takes the connection, promises a file and never sends it. */
let stalled: Server;
let requested = 0;
beforeAll(async () => {
  stalled = createServer((_request, response) => {
    requested += 1;
    response.writeHead(200, { 'content-length': 1000 });
    response.write('0,');
  });
  await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  stalled.closeAllConnections();
  stalled.close();
});

/** Sends Ctrl-C and waits for the end. */
function interrupt({ child, ended }: Running): Promise<Ended> {
  child.kill('SIGINT');
  return ended;
}

/** Interrupted as it should be: no result, one error, no temporary file. */
function expectInterrupted(ended: Ended): void {
  expect({ code: ended.code, signal: ended.signal, stdout: ended.stdout, codes: errorCodes(ended) }).toEqual({
    ...{ code: 130, signal: null },
    ...{ stdout: '', codes: ['E-INTERRUPTED'] },
  });
  expect(readdirSync(sandbox.temporary)).toEqual([]);
}

/** A program that writes its process id and that of a child of its own, and then never ends. */
function endless(name: string, before: string): { path: string; started: string } {
  const [path, started] = [sandbox.at(name), sandbox.at(`${name}.started`)];
  writeFileSync(
    path,
    `#!/bin/sh\n${before}\nsleep 600 &\necho $$ $! > '${started}.part'\nmv '${started}.part' '${started}'\nwait\n`,
  );
  chmodSync(path, 0o755);
  return { path, started };
}

async function startedBy({ ended }: Running, file: string): Promise<number[]> {
  while (!existsSync(file)) {
    const early = await Promise.race([ended, wait(20, null)]);
    if (early !== null) throw new Error(`ended early: ${early.stderr}`);
  }
  return readFileSync(file, 'utf8').trim().split(' ').map(Number);
}

/** Whether a process is there and no zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a download that stalls', async () => {
  const { port } = stalled.address() as AddressInfo;
  const running = sandbox.start(['train', '-o', sandbox.at('downloaded')], {
    env: { KILN_TEST_ARCHIVE: `http://127.0.0.1:${port}/` },
  });
  await running.says(/Load data/);
  while (requested === 0) await wait(20);
  expectInterrupted(await interrupt(running));
  expect(existsSync(sandbox.at('downloaded'))).toBe(false);
  const cached = existsSync(join(sandbox.cache, 'optdigits')) ? readdirSync(join(sandbox.cache, 'optdigits')) : [];
  expect(cached).toEqual([]);
});

test('training: the model that was there before is there still', async () => {
  const old = tinyModel('old');
  old.extra = { userDefinedMetadata: { kiln: {} } };
  saveModel(sandbox.at('trained'), old);
  const before = readFileSync(join(sandbox.at('trained'), 'model.json'), 'utf8');
  const running = sandbox.start(['train', '--epochs', '500', '-o', sandbox.at('trained')]);
  await running.says(/epoch 1 of 500/);
  expectInterrupted(await interrupt(running));
  expect(readdirSync(sandbox.at('trained')).sort()).toEqual(['calibration.npy', 'model.json', 'weights.bin']);
  expect(readFileSync(join(sandbox.at('trained'), 'model.json'), 'utf8')).toBe(before);
  expect(readdirSync(sandbox.path).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('training with --save-on-interrupt keeps the last whole epoch', async () => {
  const folder = sandbox.at('saved');
  const running = sandbox.start(['train', '--epochs', '500', '--save-on-interrupt', '-o', folder]);
  await running.says(/epoch 1 of 500/);
  const ended = await interrupt(running);
  expectInterrupted(ended);
  const record = JSON.parse(readFileSync(join(folder, 'training.json'), 'utf8'));
  expect(record).toMatchObject({ interrupted: true, epochs: 500, keptEpoch: record.history.length });
  expect(ended.stderr).toContain(`The model as it was after epoch ${record.keptEpoch} is saved in ${folder}`);
  expect(await sandbox.run(['inspect', folder])).toMatchObject({ code: 0, stderr: '' });
});

test('calibration', async () => {
  const wide = tinyModel('wide');
  wide.layers[0]!.config['filters'] = 400;
  wide.weights[0] = weight('conv/kernel', [3, 3, 1, 400], 1);
  wide.weights[1] = weight('conv/bias', [400], 2);
  wide.weights[2] = weight('dense/kernel', [1600, 3], 3);
  saveModel(sandbox.at('wide'), wide);
  saveInputs(sandbox.at('wide', 'calibration.npy'), 512);
  const running = sandbox.start(['compile', sandbox.at('wide'), '-o', sandbox.at('calibrated')]);
  await running.says(/Compile int8/);
  const { code, signal, stdout } = await interrupt(running);
  // Nothing is open and no process runs in this stage: the system's way of ending the process will do.
  expect({ stdout, ended: code === 130 || signal === 'SIGINT' }).toEqual({ stdout: '', ended: true });
  expect(existsSync(sandbox.at('calibrated'))).toBe(false);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test('the reference', async () => {
  const running = sandbox.start(['verify', model, '--quantize', 'float32', '--on', 'host', '--count', '200000']);
  await running.says(/Reference float32/);
  const started = performance.now();
  expectInterrupted(await interrupt(running));
  expect(performance.now() - started).toBeLessThan(3000);
});

test.skipIf(compiler === undefined)('the C compiler, and what it started', async () => {
  const { path, started } = endless('slow-cc', `case "$*" in *--version*) exec '${compiler}' --version;; esac`);
  const running = sandbox.start(['verify', model, '--quantize', 'float32', '--on', 'host', '--count', '1'], {
    env: { CC: path },
  });
  const pids = await startedBy(running, started);
  expect(pids.map(isAlive)).toEqual([true, true]);
  expectInterrupted(await interrupt(running));
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test.skipIf(compiler === undefined)('emscripten', async () => {
  const { path, started } = endless('slow-emcc', `case "$*" in *--version*) exec '${compiler}' --version;; esac`);
  const running = sandbox.start(
    [
      'run',
      model,
      '--on',
      'wasm',
      '--quantize',
      'float32',
      '--input',
      join(model, 'calibration.npy'),
      '--out-dir',
      sandbox.at('wasm-out'),
    ],
    {
      env: { EMCC: path },
    },
  );
  const pids = await startedBy(running, started);
  expectInterrupted(await interrupt(running));
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(existsSync(sandbox.at('wasm-out'))).toBe(false);
});

test.skipIf(compiler === undefined)('an engine that does not end', async () => {
  const engine = endless('engine', 'cat > /dev/null');
  const cc = sandbox.at('cc-of-endless');
  writeFileSync(
    cc,
    `#!/bin/sh\ncase "$*" in *--version*) exec '${compiler}' --version;; esac\ncp '${engine.path}' engine\n`,
  );
  chmodSync(cc, 0o755);
  const args = ['run', model, '--on', 'host', '--quantize', 'float32', '--input', join(model, 'calibration.npy')];
  const running = sandbox.start([...args, '--out-dir', sandbox.at('endless-out')], { env: { CC: cc } });
  const pids = await startedBy(running, engine.started);
  expectInterrupted(await interrupt(running));
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(existsSync(sandbox.at('endless-out'))).toBe(false);
});
