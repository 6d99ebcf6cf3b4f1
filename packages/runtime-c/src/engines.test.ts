import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CProject } from '@kiln/ir';
import { loadFixture, withChangedC } from '../test/load-fixture.js';
import { createHostEngine } from './build-native.js';
import { createWasmEngine } from './build-wasm.js';
import type { Engine } from './engine.js';
import { compareTraces, describeDifference } from './parity.js';
import { findToolchain } from './toolchain.js';

const tools = await findToolchain();
const noEmcc = tools.emcc === null;
const noHost = tools.gcc === null;
/** TMPDIR of the tests: they see at once what is left behind, and that spaces do no harm. */
let scratch = '';
const outerTemporary = process.env['TMPDIR'];

beforeEach(() => {
  scratch = mkdtempSync(join(outerTemporary ?? '/tmp', 'kiln test with spaces '));
  process.env['TMPDIR'] = scratch;
});

afterEach(() => {
  if (outerTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outerTemporary;
  rmSync(scratch, { recursive: true, force: true });
});

async function withEngine<T>(engine: Engine, use: (engine: Engine) => Promise<T>): Promise<T> {
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

const MAKERS: readonly (readonly [string, boolean, (project: CProject) => Promise<Engine>])[] = [
  ['gcc', noHost, (project) => createHostEngine(project, { compiler: 'gcc' })],
  ['clang', tools.clang === null, (project) => createHostEngine(project, { compiler: 'clang' })],
  ['g++', tools['g++'] === null, (project) => createHostEngine(project, { compiler: 'gcc', language: 'c++' })],
  ['gcc with sanitizers', noHost, (project) => createHostEngine(project, { compiler: 'gcc', sanitize: true })],
  ['emcc', noEmcc, (project) => createWasmEngine(project)],
];

describe.each(MAKERS)('C compiled by %s (skipped where it is not installed)', (_name, missing, make) => {
  test.skipIf(missing).each(['int8', 'float32'] as const)(
    'gives the reference trace, byte for byte: %s',
    async (precision) => {
      const { project, inputs, count, traces } = loadFixture(precision);
      await withEngine(await make(project), async (engine) => {
        const progress: number[] = [];
        const found = await engine.trace(inputs, count, { onProgress: (done) => progress.push(done) });
        expect(Buffer.compare(found, traces)).toBe(0);
        expect(progress.at(-1)).toBe(count);
        expect(await engine.selfTest()).toBeNull();
        expect(engine.description).toContain('-std=c');
      });
      expect(readdirSync(scratch)).toEqual([]);
    },
  );

  test.skipIf(missing)('names the first layer that differs in its self-test and in its trace', async () => {
    const { project, inputs, count, traces } = loadFixture('int8');
    const wrong = withChangedC(project, /(conv_bias\[4\] = \{\s*)(-?\d+)/, '$10x4000');
    await withEngine(await make(wrong), async (engine) => {
      expect(await engine.selfTest()).toBe('conv');
      const { first, differing } = compareTraces(project, traces, await engine.trace(inputs, count), count);
      expect(first?.point.node).toBe('conv');
      expect(differing).toBeGreaterThan(0);
      expect(describeDifference(first!)).toMatch(
        /^input \d+, conv \(conv2d\), element \[0, \d, \d, 0\]: expected -?\d+ \(/,
      );
    });
  });
});

/** One engine of each kind is enough for what the compiler has no part in. */
const ONE_OF_EACH = MAKERS.filter(([name]) => name === 'gcc' || name === 'emcc');

describe.each(ONE_OF_EACH)('an engine made by %s', (_name, missing, make) => {
  test.skipIf(missing)('runs more inputs than one batch holds, and none', async () => {
    const { project, inputs, count, traces } = loadFixture('int8');
    await withEngine(await make(project), async (engine) => {
      const times = 7;
      const repeated = Buffer.concat(Array<Uint8Array>(times).fill(inputs));
      const found = await engine.trace(repeated, count * times);
      expect(Buffer.compare(found, Buffer.concat(Array<Uint8Array>(times).fill(traces)))).toBe(0);
      expect(await engine.trace(new Uint8Array(0), 0)).toHaveLength(0);
      await expect(engine.trace(inputs, count + 1)).rejects.toThrow(`for ${count + 1} inferences`);
    });
  });

  test.skipIf(missing)('shows the first lines of the compiler and leaves no file when the C is wrong', async () => {
    const { project } = loadFixture('int8');
    const broken = withChangedC(project, 'static int32_t clamp(', 'static int32_t clamp((');
    await expect(make(broken)).rejects.toMatchObject({
      code: 'E-C-COMPILE',
      message: expect.stringContaining('tiny.c'),
    });
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.skipIf(missing)('takes no warning: an implicit narrowing does not compile', async () => {
    const { project } = loadFixture('int8');
    const narrowing = withChangedC(project, 'y[o] = (int8_t)(', 'y[o] = (');
    await expect(make(narrowing)).rejects.toMatchObject({ code: 'E-C-COMPILE' });
  });

  test.skipIf(missing)('reports a write past the end of the arena', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const wrong = withChangedC(
      project,
      /observer\(context, 0,/,
      '((int8_t *)arena)[sizeof(*arena) + pixels[0] % 2u] = 1;\n$&',
    );
    await withEngine(await make(wrong), async (engine) => {
      await expect(engine.trace(inputs, count)).rejects.toThrow('past the end of its arena');
    });
  });
});

test.skipIf(noHost)('the address sanitizer names a read past the end of a table', async () => {
  const { project, inputs, count } = loadFixture('int8');
  const wrong = withChangedC(project, 'scaler_mean, scaler_multiplier', '&scaler_mean[9], scaler_multiplier');
  await withEngine(await createHostEngine(wrong, { compiler: 'gcc', sanitize: true }), async (engine) => {
    const failure = { code: 'E-ENGINE-CRASH', message: expect.stringContaining('global-buffer-overflow') };
    await expect(engine.trace(inputs, count)).rejects.toMatchObject(failure);
  });
});

test.skipIf(noHost)('C that crashes is an error with the signal, not a wrong trace', async () => {
  const { project, inputs, count } = loadFixture('int8');
  const wrong = withChangedC(project, /observer\(context, 0,/, '__builtin_trap();\n$&');
  await withEngine(await createHostEngine(wrong, { compiler: 'gcc' }), async (engine) => {
    const failure = { code: 'E-ENGINE-CRASH', message: expect.stringContaining('signal SIG') };
    await expect(engine.trace(inputs, count)).rejects.toMatchObject(failure);
  });
});

test('a compiler that is missing is an error with what to do', async () => {
  const { project } = loadFixture('int8');
  const failure = { code: 'E-TOOL-MISSING', exitCode: 3, where: '/no/such/compiler' };
  await expect(createHostEngine(project, { compiler: '/no/such/compiler' })).rejects.toMatchObject(failure);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a folder for temporary files that cannot be written is named', async () => {
  process.env['TMPDIR'] = join(scratch, 'not', 'there');
  const failure = { code: 'E-TEMP-FOLDER', where: tmpdir() };
  await expect(createHostEngine(loadFixture('int8').project)).rejects.toMatchObject(failure);
});

describe('interruption', () => {
  test.skipIf(noHost)('ends the compiler and removes its files', async () => {
    const abort = new AbortController();
    const building = createHostEngine(loadFixture('int8').project, { signal: abort.signal, compiler: 'gcc' });
    setTimeout(() => abort.abort(), 40);
    await expect(building).rejects.toMatchObject({ code: 'E-INTERRUPTED', exitCode: 130 });
    expect(readdirSync(scratch)).toEqual([]);
    expect(processesIn(scratch)).toEqual([]);
  });

  test.skipIf(noHost)('ends a run that would never end', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const endless = withChangedC(
      project,
      /observer\(context, 0,/,
      'for (volatile int32_t i = 0; i >= 0; i = 0) { }\n$&',
    );
    await withEngine(await createHostEngine(endless, { compiler: 'gcc' }), async (engine) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 100);
      await expect(engine.trace(inputs, count, { signal: abort.signal })).rejects.toMatchObject({
        code: 'E-INTERRUPTED',
      });
      expect(processesIn(scratch)).toEqual([]);
    });
    expect(existsSync(scratch) && readdirSync(scratch)).toEqual([]);
  });

  test.skipIf(noEmcc)('stops the wasm engine between two batches', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const abort = new AbortController();
    await withEngine(await createWasmEngine(project), async (engine) => {
      const repeated = Buffer.concat(Array<Uint8Array>(20).fill(inputs));
      const stopped = engine.trace(repeated, count * 20, { signal: abort.signal, onProgress: () => abort.abort() });
      await expect(stopped).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
    });
  });
});

/** Processes that run in a folder, or run a program of it (Linux; elsewhere there is nothing to look at). */
function processesIn(folder: string): string[] {
  if (!existsSync('/proc/self/cwd')) return [];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => [`/proc/${pid}/cwd`, `/proc/${pid}/exe`].some((link) => leadsInto(link, folder)));
}

function leadsInto(link: string, folder: string): boolean {
  try {
    return readlinkSync(link).startsWith(folder);
  } catch {
    return false;
  }
}
