import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, referenceTrace } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import type { CProject } from '@kiln/ir';
import {
  type Board,
  compareTraces,
  createBoardEngine,
  describeDifference,
  listBoards,
  measureFits,
  missingBoardTools,
} from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';

// Models of others on every emulated board that they fit; used where the models are, skipped where a tool is missing.

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
const MODELS = {
  ad: 'ad01_int8',
  digits: 'digits_cnn_int8',
  ic: 'ic_resnet8_int8',
  kws: 'kws_dscnn_int8',
  vww: 'vww_mobilenetv1_int8',
};

/** Of larger networks only one input is run: an emulator takes seconds for each. */
const MANY_MACS = 5_000_000;
/** Up to here every emulator is quick enough. */
const FEW_MACS = 1_000_000;

/** Emulators in JavaScript interpret one instruction after another: minutes for a network that QEMU runs in seconds. */
function isQuick(emulator: Board['emulator']): boolean {
  return 'program' in emulator && emulator.program.startsWith('qemu-');
}

interface GoldenVector {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

function goldenVectors(name: string): GoldenVector[] {
  const folder = `${SHARED}golden/`;
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}_`));
  return files.map((file) => JSON.parse(readFileSync(folder + file, 'utf8')) as GoldenVector);
}

/** Boards that are emulated themselves: the others' cores are among them. */
const boards = await Promise.all(
  listBoards()
    .filter(({ emulator }) => 'program' in emulator)
    .map(async (board) => ({ board, ready: (await missingBoardTools(board))?.length === 0 })),
);
const ready = boards.flatMap((each) => (each.ready ? [each.board] : []));

/** Runs the golden inputs; how the network stands to the board where it does not fit. */
async function prove(project: CProject, board: Board, inputs: Uint8Array, expected: Uint8Array): Promise<string> {
  const count = inputs.length / project.inputBytes;
  const [fit] = await measureFits(project, [board]);
  try {
    const engine = await createBoardEngine(project, board);
    try {
      const { first } = compareTraces(project, expected, await engine.trace(inputs, count), count);
      expect(await engine.selfTest()).toBeNull();
      return first === null ? 'equal' : describeDifference(first);
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'E-BOARD-FIT') throw error;
    // What proves the network takes memory too: it may be too much where the network alone would fit, by no more than this.
    const slack = fit!.fits ? [fit!.flash, fit!.ram].some(({ bytes, there }) => there - bytes < there / 5) : true;
    return slack ? 'too large' : 'too large, although there is room';
  }
}

describe.skipIf(!existsSync(`${SHARED}golden`) || ready.length === 0)('models of others on emulated boards', () => {
  test.each(Object.entries(MODELS))(
    '%s: TensorFlow Lite Micro’s answers, every layer bit for bit',
    async (name, file) => {
      const model = readTflite(readFileSync(`${SHARED}models/${file}.tflite`), file);
      const { graph, project } = compile(model, { name, precision: 'model', source: file, version: '0.1.0' });
      const vectors = goldenVectors(name).slice(0, project.macs > MANY_MACS ? 1 : undefined);
      const inputs = Buffer.concat(vectors.map(({ input }) => Buffer.from(Int8Array.from(input).buffer)));
      const expected = referenceTrace(graph, project, inputs, vectors.length);
      const { traceOffset, bytes } = project.outputs[0]!;
      vectors.forEach(({ output }, i) => {
        const start = i * project.traceBytes + traceOffset;
        expect([...new Int8Array(expected.slice(start, start + bytes).buffer)]).toEqual(output);
      });
      const outcomes: Record<string, string> = {};
      const quick = ready.filter(({ emulator }) => project.macs <= FEW_MACS || isQuick(emulator));
      for (const board of quick) outcomes[board.name] = await prove(project, board, inputs, expected);
      const wrong = Object.entries(outcomes).filter(([, outcome]) => outcome !== 'equal' && outcome !== 'too large');
      expect(wrong).toEqual([]);
      expect(Object.values(outcomes)).toContain('equal');
    },
  );
});
