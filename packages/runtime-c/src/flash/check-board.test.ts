import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { CProject } from '@kiln/ir';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveBoard } from '../../test/board-server.js';
import type { BoardServer } from '../../test/board-server.js';
import { loadFixture, withChangedC } from '../../test/load-fixture.js';
import { findBoard } from '../board/board.js';
import { missingBoardTools } from '../board/emulation.js';
import { checkBoard } from './check-board.js';
import { buildFirmware } from './firmware.js';
import type { Firmware } from './firmware.js';

const board = findBoard('mps2-an385');
const missing = (await missingBoardTools(board))?.length !== 0;
const { project, inputs, traces } = loadFixture('int8');
const sample = { input: inputs.subarray(0, project.inputBytes), trace: traces.subarray(0, project.traceBytes) };

let firmware: Firmware;
let server: BoardServer | null = null;
beforeAll(async () => {
  if (!missing) firmware = await buildFirmware(project, board, 'int8', sample);
});
afterEach(async () => {
  await server?.stop();
  server = null;
});

function elfOf({ files }: Firmware): Uint8Array {
  return files.find(({ kind }) => kind === 'elf')!.bytes;
}

/** What the check says of a board that runs this image. */
async function check(image: Uint8Array | null, waitMs = 20_000, signal?: AbortSignal): Promise<string> {
  server = await serveBoard(board, image);
  return checkBoard(board, firmware, { port: server.port, waitMs, settleMs: 0, signal });
}

async function checkProject(other: CProject): Promise<string> {
  return check(elfOf(await buildFirmware(other, board, 'int8', null)));
}

describe('a board that was flashed (emulated; skipped where a tool is missing)', () => {
  test.skipIf(missing)('passes when it runs the network', async () => {
    expect(await check(elfOf(firmware))).toBe(server!.port);
  });

  test.skipIf(missing)('whose flash holds a wrong byte differs in the layer that it belongs to', async () => {
    const elf = Uint8Array.from(elfOf(firmware));
    const text = project.files.find(({ path }) => path.endsWith('.c'))!.text;
    const weights = /conv_weights\[\d+\] = \{([^}]*)\}/.exec(text)![1]!.match(/-?\d+/g)!;
    const at = Buffer.from(elf).indexOf(Buffer.from(Int8Array.from(weights, Number).buffer));
    elf[at]! ^= 0x40;
    const failure = { code: 'E-FLASH-SELFTEST', exitCode: 1, message: expect.stringContaining("layer 'conv'") };
    await expect(check(elf)).rejects.toMatchObject(failure);
  });

  test.skipIf(missing)('with an older network of the same name and shape is found out by an inference', async () => {
    // Other weights; and a self-test that would pass with them, as that of the older network did.
    const weights = withChangedC(project, /(?<start>conv_weights\[\d+\] = \{\s*)-?\d+/, '$<start>77');
    const older = withChangedC(
      weights,
      /(const char \*tiny_selftest\([^)]*\)\s*\{)/,
      '$1\n    if (arena != 0) { return 0; }',
    );
    await expect(checkProject(older)).rejects.toMatchObject({ code: 'E-FLASH-RESULT', exitCode: 1 });
  });

  test.skipIf(missing)('with another network says which', async () => {
    const failure = {
      code: 'E-BOARD-NETWORK',
      message: expect.stringMatching(/expected the firmware of tiny .* found tiny/),
    };
    await expect(checkProject(loadFixture('float32').project)).rejects.toMatchObject(failure);
  });

  test.skipIf(missing)('that does not come back is an error after the time that it was given', async () => {
    const failure = { code: 'E-FLASH-SILENT', message: expect.stringContaining('within 1 s') };
    await expect(check(null, 1000)).rejects.toMatchObject(failure);
  });

  test.skipIf(missing)('is not waited for any longer after an interruption', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 200);
    await expect(check(null, 60_000, abort.signal)).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
  });

  test.skipIf(missing)('is waited for while its port is not there yet', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const options = { port: `tcp:127.0.0.1:${port}`, waitMs: 700, settleMs: 0 };
    const started = Date.now();
    await expect(checkBoard(board, firmware, options)).rejects.toMatchObject({ code: 'E-PORT-OPEN' });
    expect(Date.now() - started).toBeGreaterThanOrEqual(700);
  });
});
