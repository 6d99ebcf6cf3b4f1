import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath, ROOT, Sandbox } from '../cli/kiln-process.js';
import { onnxFile } from '../../packages/formats/src/testing/write-onnx.js';
import { writeTfliteTables } from '../../packages/formats/src/testing/write-tflite.js';
import { saveModel } from '../cli/tiny-model.js';
import { sampleModels } from '../fuzz/sample-models.js';

/** Commands that stand in README.md and docs/ but are run by .ci/run, each of them literally. */
const RUN_BY_CI = [
  'npm start',
  'npm test',
  'npx nx run train',
  'npx nx run codegen --target=c',
  'npx nx run codegen --target=cpp',
  'npx nx run parity',
  'npx nx run formats:test',
  'node scripts/seeds.mjs --count 2',
  'node scripts/make-uneven.mjs out/uneven',
  'node scripts/make-uneven.mjs out/eightyfold 80',
  'node scripts/make-uneven.mjs out/eightyfold-elu 80 elu',
  'npx kiln verify out/digits/model --matrix --mutate 45',
  'npm run oracle -- --check --count 200 --no-converter --optional',
  'npm run judge -- --optional',
  'npm run fuzz -- models --count 100 --seed 100001',
  'node scripts/setup.mjs --for boards',
  'node scripts/setup.mjs --for browser',
  'npx kiln verify out/digits/model --on hifive1,microbit,mps2-an385,mps2-an386,mps2-an500,mps3-an547,netduinoplus2 --count 0',
  'npx kiln verify out/digits/model --on pico2,nucleo-h743zi,esp32-c3 --count 0',
  'npx kiln verify out/digits/model --on pico,nucleo-g071rb --quantize int8 --count 0',
];

/** Commands that a test of their own runs, which knows more of what comes out. */
const RUN_BY_TEST: Readonly<Record<string, string>> = { 'npx kiln walk': 'test/cli/walk.test.ts' };

/** Commands that run on an emulated board: skipped where its compiler or its emulator is missing. */
const ON_BOARD = /^npx kiln bench|--firmware$|^npx kiln flash out\/firmware|--on \S*(microbit|hifive1|uno)/;
const BOARD_TOOLS = [
  ...['arm-none-eabi-gcc', 'riscv64-unknown-elf-gcc', 'avr-gcc'],
  ...['qemu-system-arm', 'qemu-system-riscv32'],
];
const withoutBoardTools = BOARD_TOOLS.some((tool) => programInPath(tool) === null);

/** Commands that train, for one epoch here. */
const TRAINING = ['train'];

const box = new Sandbox();
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** Every line of every `sh` block, with its page. */
function documentedCommands(): { page: string; line: string }[] {
  return PAGES.flatMap((page) => {
    const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g);
    return [...blocks].flatMap(([, block]) =>
      block!
        .trim()
        .split('\n')
        .map((line) => ({ page, line })),
    );
  });
}

const commands = documentedCommands();
const kilnCommands = commands.filter(
  ({ line }) => line.startsWith('npx kiln ') && !RUN_BY_CI.includes(line) && RUN_BY_TEST[line] === undefined,
);

test('every documented command is either run here or by continuous integration', () => {
  const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
  for (const { page, line } of commands) {
    if (kilnCommands.some((command) => command.line === line)) continue;
    const own = RUN_BY_TEST[line];
    if (own !== undefined) {
      expect(readFileSync(join(ROOT, own), 'utf8'), own).toContain(`run(['${line.split(' ')[2]}'`);
      continue;
    }
    expect(RUN_BY_CI, `${page}: ${line}`).toContain(line);
    expect(
      ci.split('\n').some((step) => step.includes(line)),
      `${page}: ${line} stands in .ci/run`,
    ).toBe(true);
  }
  expect(kilnCommands.length).toBeGreaterThan(10);
});

/** A training of one epoch and a small model of somebody's own stand for the long ones. */
test('the documented kiln commands do what the page says, in its order', { timeout: 1_800_000 }, async () => {
  for (const folder of ['my-model', 'gesture']) saveModel(box.at(folder));
  copyFileSync(box.at('my-model', 'calibration.npy'), box.at('samples.npy'));
  writeFileSync(box.at('model.tflite'), writeTfliteTables(sampleModels()[1]!));
  const nodes = [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }];
  const constants = { w: [[4, 3], Float32Array.from({ length: 12 }, (_, i) => i / 10)] } as const;
  writeFileSync(box.at('model.onnx'), onnxFile({ inputs: { x: [1, 4] }, nodes, constants, outputs: ['y'] }));
  execFileSync(process.execPath, [join(ROOT, 'scripts/make-uneven.mjs'), box.at('out/uneven')]);
  const done = new Set(
    withoutBoardTools ? kilnCommands.map(({ line }) => line).filter((line) => ON_BOARD.test(line)) : [],
  );
  for (const { page, line } of kilnCommands) {
    if (done.has(line)) continue;
    done.add(line);
    const args = line.replace(/^npx kiln /, '').split(' ');
    const { code, stderr } = await box.run(TRAINING.includes(args[0]!) ? [...args, '--epochs', '1'] : args);
    expect(code, `${page}: ${line}\n${stderr}`).toBe(0);
  }
});
