import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { download } from '../../scripts/setup/download.mjs';
import { Reporter } from '../../scripts/setup/progress.mjs';
import { Interrupted } from '../../scripts/setup/setup-error.mjs';
import { type LocalServer, sendRange, serve } from './local-server.js';
import { TextStream } from './text-stream.js';

const BYTES = Buffer.alloc(300_000, 'kiln');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const HALF = 150_000;

let folder: string;
let server: LocalServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-download-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

const fileOf = () => join(folder, 'a.whl');

function get(sha256 = SHA256, controller = new AbortController()) {
  const options = { signal: controller.signal, reporter: new Reporter(new TextStream()), label: 'downloading' };
  return download({ url: new URL(`${server?.url}/a.whl`), sha256 }, fileOf(), options);
}

test('a file is downloaded whole, and not a second time', async () => {
  server = await serve((request, response) => sendRange(BYTES, request, response));
  await get();
  await get();
  expect(readFileSync(fileOf()).equals(BYTES)).toBe(true);
  expect(readdirSync(folder)).toEqual(['a.whl']);
  expect(server.requests).toHaveLength(1);
});

test('an interrupted download goes on where it was', async () => {
  server = await serve((request, response) => sendRange(BYTES, request, response));
  writeFileSync(`${fileOf()}.part`, BYTES.subarray(0, HALF));
  await get();
  expect(server.requests).toEqual([{ path: '/a.whl', range: `bytes=${HALF}-` }]);
  expect(readFileSync(fileOf()).equals(BYTES)).toBe(true);
});

test('a part that is whole already needs only its checksum', async () => {
  server = await serve((request, response) => sendRange(BYTES, request, response));
  writeFileSync(`${fileOf()}.part`, BYTES);
  await get();
  expect(readFileSync(fileOf()).equals(BYTES)).toBe(true);
});

test('a server that cannot send parts sends all of it again', async () => {
  server = await serve((_, response) => response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES));
  writeFileSync(`${fileOf()}.part`, Buffer.alloc(HALF, 'other'));
  await get();
  expect(readFileSync(fileOf()).equals(BYTES)).toBe(true);
});

test('a connection that breaks is taken up again', async () => {
  server = await serve((request, response) => {
    if (request.headers.range !== undefined) return sendRange(BYTES, request, response);
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, HALF), () => setTimeout(() => response.destroy(), 50));
  });
  await get();
  expect(readFileSync(fileOf()).equals(BYTES)).toBe(true);
  expect(server.requests).toHaveLength(2);
});

test('a wrong checksum leaves nothing behind', async () => {
  server = await serve((request, response) => sendRange(BYTES, request, response));
  await expect(get('0'.repeat(64))).rejects.toThrow(`expected sha256 ${'0'.repeat(64)}, found ${SHA256}`);
  expect(readdirSync(folder)).toEqual([]);
});

test('a server that refuses is an error that names it', async () => {
  server = await serve((_, response) => response.writeHead(503).end());
  await expect(get()).rejects.toThrow('expected the file, found HTTP 503');
  expect(server.requests).toHaveLength(1);
});

test('Ctrl-C in the middle leaves the part, never the file', async () => {
  const controller = new AbortController();
  server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, HALF), () => setTimeout(() => controller.abort(), 100));
  });
  await expect(get(SHA256, controller)).rejects.toBeInstanceOf(Interrupted);
  expect(existsSync(fileOf())).toBe(false);
  expect(statSync(`${fileOf()}.part`).size).toBe(HALF);
});
