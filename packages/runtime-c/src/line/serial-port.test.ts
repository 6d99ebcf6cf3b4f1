import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasProgram } from '../../test/board-tools.js';
import { openPtyPair } from '../../test/pty-pair.js';
import type { PtyPair } from '../../test/pty-pair.js';
import { openLine, parseTcp } from './open-line.js';
import type { SerialLine } from './serial-line.js';
import { openSerialPort } from './serial-port.js';

const noSocat = !hasProgram('socat');

let folder = '';
let pair: PtyPair | null = null;
let lines: SerialLine[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-test-port-'));
});
afterEach(async () => {
  await Promise.all(lines.map((line) => line.close()));
  await pair?.unplug();
  [lines, pair] = [[], null];
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<SerialLine> {
  const line = await openLine(path);
  lines.push(line);
  return line;
}

/** The first `count` bytes that come. */
function receive(line: SerialLine, count: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) =>
    line.onData((chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= count) resolve(bytes);
    }),
  );
}

describe('a serial port (a pseudo terminal; skipped without socat)', () => {
  test.skipIf(noSocat)('carries every byte as it is, both ways', async () => {
    pair = await openPtyPair(folder);
    const [near, far] = [await open(pair.port), await open(pair.far)];
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const received = receive(to, bytes.length);
      from.write(bytes);
      expect(Buffer.compare(await received, bytes)).toBe(0);
    }
  });

  test.skipIf(noSocat)('is ours alone: whoever opens it again hears that it is busy', async () => {
    pair = await openPtyPair(folder);
    const line = await open(pair.port);
    const failure = { code: 'E-PORT-BUSY', exitCode: 1, remedy: expect.stringContaining('ModemManager') };
    await expect(openSerialPort(pair.port)).rejects.toMatchObject(failure);
    await line.close();
    await (await open(pair.port)).close();
  });

  test.skipIf(noSocat)('that is unplugged says so', async () => {
    pair = await openPtyPair(folder);
    const line = await open(pair.port);
    line.onData(() => undefined);
    await pair.unplug();
    await expect(line.closed).resolves.toMatch(/has gone \(.*\): is it unplugged\?/);
  });

  test.skipIf(noSocat)('is closed again where the work was interrupted', async () => {
    pair = await openPtyPair(folder);
    await expect(openSerialPort(pair.port, AbortSignal.abort())).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
    await (await open(pair.port)).close();
  });
});

test('a port that is not there, and what is no port, are errors of their own', async () => {
  await expect(openLine(join(folder, 'ttyACM7'))).rejects.toMatchObject({ code: 'E-PORT-MISSING' });
  await expect(openLine(folder)).rejects.toMatchObject({ code: 'E-PORT-OPEN' });
});

describe('a line on the network', () => {
  test('is named by host and port', () => {
    expect(parseTcp('/dev/ttyACM0')).toBeNull();
    expect(parseTcp('tcp:localhost:4000')).toEqual({ host: 'localhost', port: 4000 });
    expect(parseTcp('tcp:[::1]:4000')).toEqual({ host: '::1', port: 4000 });
  });

  test.each(['tcp:localhost', 'tcp::4000', 'tcp:localhost:0', 'tcp:localhost:70000', 'tcp:a:b:1'])(
    '%s is none',
    (name) => {
      expect(() => parseTcp(name)).toThrow(expect.objectContaining({ code: 'E-PORT-NAME', exitCode: 2 }));
    },
  );

  test('that nobody serves is an error', async () => {
    const failure = { code: 'E-PORT-OPEN', message: expect.stringContaining('ECONNREFUSED') };
    await expect(openLine('tcp:127.0.0.1:9')).rejects.toMatchObject(failure);
    const interrupted = openLine('tcp:127.0.0.1:9', AbortSignal.abort());
    await expect(interrupted).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
  });
});
