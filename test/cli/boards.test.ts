import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { errorCodes, programInPath, Sandbox } from './kiln-process.js';
import { saveInputs, saveModel, tinyModel, weight } from './tiny-model.js';

// Boards on the command line; what runs on one is skipped where its compiler or its emulator is missing.

const sandbox = new Sandbox();
const model = saveModel(sandbox.at('model'));
const noArm = programInPath('arm-none-eabi-gcc') === null || programInPath('qemu-system-arm') === null;
const noRiscv = programInPath('riscv64-unknown-elf-gcc') === null || programInPath('qemu-system-riscv32') === null;

/** 300,000 weights: more than the flash of most boards. */
function saveLarge(): string {
  const large = tinyModel('large');
  const [conv, , , dense] = large.layers;
  conv!.config['filters'] = 1000;
  dense!.config['units'] = 75;
  large.weights = [
    weight('conv/kernel', [3, 3, 1, 1000], 1),
    weight('conv/bias', [1000], 2),
    weight('dense/kernel', [4000, 75], 3),
    weight('dense/bias', [75], 4),
  ];
  return saveModel(sandbox.at('large'), large);
}

/** Processes of an emulator that runs now, for this sandbox (Linux; elsewhere there is nothing to look at). */
function emulators(): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes
    .map(commandLineOf)
    .filter((line) => line.includes('qemu-system') && line.includes(sandbox.temporary));
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

test('kiln boards lists them, for people and as JSON', async () => {
  const { code, stdout } = await sandbox.run(['boards']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^microbit +Cortex-M0 +16 +256 KB +16 KB +QEMU +BBC micro:bit v1/m);
  expect(stdout).toMatch(/^pico +Cortex-M0\+ +133 +2,048 KB +264 KB +rp2040js +Raspberry Pi Pico/m);
  expect(stdout).toMatch(/^nucleo-f446re .* core: mps2-an386 +ST Nucleo-64/m);
  expect(stdout).toMatch(/^esp32-s3 .* none +Espressif/m);
  const { boards } = JSON.parse((await sandbox.run(['boards', '--json'])).stdout) as { boards: { name: string }[] };
  expect(boards.map(({ name }) => name)).toContain('hifive1');
});

test('kiln boards --model says which boards a model fits, and where the code is not counted', async () => {
  const { code, stdout } = await sandbox.run(['boards', '--model', saveLarge(), '--quantize', 'float32', '--json']);
  expect(code).toBe(0);
  const { boards } = JSON.parse(stdout) as {
    boards: { board: string; fits: boolean; codeCounted: boolean; flash: { bytes: number } }[];
  };
  expect(boards.find(({ board }) => board === 'esp32-s3')).toMatchObject({ codeCounted: false, fits: false });
  const fits = (name: string) => boards.find(({ board }) => board === name)?.fits;
  expect({ small: fits('stm32vldiscovery'), large: fits('mps2-an386') }).toEqual({ small: false, large: true });
  expect(boards[0]!.flash.bytes).toBeGreaterThan(1_200_000);
});

test('a model that is too large for the board is an error before anything is written', async () => {
  const output = sandbox.at('too-large');
  const ended = await sandbox.run(['compile', saveLarge(), '-o', output, '--board', 'stm32vldiscovery']);
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 1, codes: ['E-BOARD-FIT'] });
  expect(ended.stderr).toMatch(/flash +weights and other constants +3\d\d,\d{3} +\d+\.\d+ %/);
  expect(ended.stderr).toMatch(/flash takes [\d,]+ of 131,072 B, [\d,]+ B over/);
  expect(ended.stderr).toMatch(/fits on .*microbit-v2 \(flash \d+\.\d+ % and RAM \d+\.\d+ % taken\)/);
  expect(existsSync(output)).toBe(false);
});

test('with samples the error says what int8 would take', async () => {
  const samples = saveInputs(sandbox.at('samples.npy'), 6);
  const args = ['compile', saveLarge(), '-o', sandbox.at('int8'), '--board', 'microbit', '--quantize', 'float32'];
  const { stderr } = await sandbox.run([...args, '--calibrate', samples]);
  expect(stderr).toMatch(/With --quantize int8 it would still not fit \(flash 3\d\d,\d{3} of 262,144 B/);
});

test('a board that there is not is a wrong command line', async () => {
  const ended = await sandbox.run(['compile', model, '-o', sandbox.at('none'), '--board', 'microbyte']);
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 2, codes: ['E-BOARD'] });
  const run = await sandbox.run(['verify', model, '--on', 'host,microbyte']);
  expect({ code: run.code, codes: errorCodes(run) }).toEqual({ code: 2, codes: ['E-ENGINE'] });
});

test('without the compilers sizes lack the code, and say so; a run is refused with the line that installs them', async () => {
  const env = { PATH: sandbox.folder('no-tools') };
  const { code, stdout } = await sandbox.run(['boards', '--model', model], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('code and stack are not counted: E-TOOL-MISSING');
  const input = saveInputs(sandbox.at('input.npy'), 2);
  const args = ['run', model, '--on', 'microbit', '--input', input, '--out-dir', sandbox.at('no-run')];
  const ended = await sandbox.run(args, { env });
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 3, codes: ['E-TOOL-MISSING'] });
  expect(ended.stderr).toContain('node scripts/setup.mjs --for boards');
});

test.skipIf(noArm)('kiln run on a board gives the bytes of the reference', async () => {
  const input = saveInputs(sandbox.at('run.npy'), 5);
  for (const engine of ['microbit', 'reference']) {
    const args = ['run', model, '--on', engine, '--input', input, '--out-dir', sandbox.at(engine)];
    expect((await sandbox.run(args)).code).toBe(0);
  }
  const [found, expected] = ['microbit', 'reference'].map((name) => readFileSync(sandbox.at(name, 'output_0.npy')));
  expect(Buffer.compare(found!, expected!)).toBe(0);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test.skipIf(noArm)('kiln run on a core alone says that it is not the board', async () => {
  const input = saveInputs(sandbox.at('core.npy'), 2);
  const args = ['run', model, '--on', 'nucleo-f446re', '--input', input, '--out-dir', sandbox.at('core')];
  const { code, stdout, stderr } = await sandbox.run([...args, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ emulation: 'core emulated on mps2-an386, not this board' });
  expect(stderr).toContain('nucleo-f446re: core emulated on mps2-an386, not this board');
});

test('a board that nothing emulates is refused before the model is read, with what to do instead', async () => {
  const ended = await sandbox.run(['verify', sandbox.at('no-model'), '--on', 'host,esp32-s3']);
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 1, codes: ['E-BOARD-EMULATOR'] });
  expect(ended.stderr).toContain('idf.py');
});

test.skipIf(noArm || noRiscv)('kiln verify compares boards beside other engines', async () => {
  const args = ['verify', model, '--on', 'host,stm32vldiscovery,hifive1', '--count', '10', '--json'];
  const { code, stdout } = await sandbox.run(args);
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout) as { results: { engines: { name: string; differing: number }[] }[] };
  expect(results[0]!.engines.map(({ name, differing }) => [name, differing])).toEqual([
    ['host', 0],
    ['stm32vldiscovery', 0],
    ['hifive1', 0],
  ]);
});

test.skipIf(noArm || noRiscv)('kiln bench counts what one inference costs, for people and as JSON', async () => {
  const args = ['bench', model, '--board', 'mps2-an386,hifive1'];
  const { boards } = JSON.parse((await sandbox.run([...args, '--json'])).stdout) as {
    boards: { board: string; macs: number; instructions: number; layers: { layer: string; instructions: number }[] }[];
  };
  expect(boards.map(({ board }) => board)).toEqual(['mps2-an386', 'hifive1']);
  for (const { macs, instructions, layers } of boards) {
    const sum = layers.reduce((total, layer) => total + layer.instructions, 0);
    expect(instructions).toBeGreaterThan(macs);
    // The generated code compiles each layer by itself, so that what is between them is calls.
    expect(Math.abs(instructions - sum)).toBeLessThan(60);
  }
  const { stdout } = await sandbox.run(args);
  expect(stdout).toContain(`instructions  ${boards[0]!.instructions.toLocaleString('en')}, `);
  expect(stdout).toMatch(/^RAM +[\d,]+ B: arena [\d,]+, inputs [\d,]+, outputs [\d,]+.* stack \d+$/m);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

/** A verification that goes on for long, in the middle of it. */
async function runningOnBoard() {
  const running = sandbox.start(['verify', saveLarge(), '--on', 'mps2-an385', '--count', '120']);
  await running.says(/C on mps2-an385/);
  for (let tries = 0; emulators().length === 0 && tries < 1000; tries++) await wait(20);
  return running;
}

test.skipIf(noArm)('Ctrl-C ends an emulator that is a thread', async () => {
  const running = sandbox.start(['verify', saveLarge(), '--on', 'pico', '--count', '120']);
  await running.says(/C on pico/);
  await wait(2000);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 130, codes: ['E-INTERRUPTED'] });
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test.skipIf(noArm)('Ctrl-C ends the emulator and removes its files', async () => {
  const running = await runningOnBoard();
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect({ code: ended.code, codes: errorCodes(ended) }).toEqual({ code: 130, codes: ['E-INTERRUPTED'] });
  expect(emulators()).toEqual([]);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test.skipIf(noArm || !existsSync('/proc/self/cmdline'))(
  'an emulator does not outlive a kiln that crashes',
  async () => {
    const running = await runningOnBoard();
    expect(emulators()).not.toEqual([]);
    running.child.kill('SIGKILL');
    await running.ended;
    for (let tries = 0; emulators().length > 0 && tries < 250; tries++) await wait(20);
    expect(emulators()).toEqual([]);
  },
);
