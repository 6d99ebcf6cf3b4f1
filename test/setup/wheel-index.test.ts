import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { askIndex, findWheel, indexUrl } from '../../scripts/setup/wheel-index.mjs';
import { type LocalServer, serve } from './local-server.js';

const BASE = new URL('https://pypi.org/simple/tensorflow-cpu/');
const WANTED = { project: 'tensorflow-cpu', version: '2.21.0', machine: 'x86_64' };
const SHA256 = 'a'.repeat(64);
const NAMES = [
  'tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  'tensorflow_cpu-2.21.0rc1-cp311-cp311-manylinux_2_27_x86_64.whl',
  'tensorflow_cpu-2.21.0-cp311-cp311-win_amd64.whl',
  'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
  'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
];
const JSON_INDEX = JSON.stringify({
  files: NAMES.map((filename) => ({ filename, url: `/p/${filename}`, hashes: { sha256: SHA256 } })),
});
const HTML_INDEX = NAMES.map((name) => `<a data-x="1" href="../../p/${name}#sha256=${SHA256}">${name}</a><br/>`).join(
  '\n',
);

let server: LocalServer | undefined;
afterEach(() => server?.close());

test.each([
  ['application/vnd.pypi.simple.v1+json', JSON_INDEX],
  ['text/html; charset=utf-8', HTML_INDEX],
])('finds the release for Linux and this processor in %s', (contentType, body) => {
  const wheel = findWheel(body, contentType, BASE, WANTED);
  expect(wheel?.filename).toBe(NAMES[4]);
  expect(wheel?.sha256).toBe(SHA256);
  expect(wheel?.url.href.replace(/#.*/, '')).toBe(`https://pypi.org/p/${NAMES[4]}`);
});

test('a wheel without a checksum is not taken', () => {
  const body = JSON.stringify({ files: [{ filename: NAMES[4], url: '/p/x.whl', hashes: {} }] });
  expect(findWheel(body, 'application/json', BASE, WANTED)).toBeUndefined();
});

test('the index is PIP_INDEX_URL, else the first pip.conf that names one, else PyPI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-pip-'));
  const file = join(folder, 'pip.conf');
  writeFileSync(
    file,
    '[global]\ntimeout = 60\nindex-url = https://mirror.example/simple/\nextra-index-url = https://no.example\n',
  );
  expect(indexUrl({ PIP_INDEX_URL: 'https://own.example/simple/' }, [file])).toBe('https://own.example/simple');
  expect(indexUrl({}, ['/nonexistent/pip.conf', file])).toBe('https://mirror.example/simple');
  expect(indexUrl({}, [])).toBe('https://pypi.org/simple');
  rmSync(folder, { recursive: true });
});

test('asks the index, with the name and password of its address', async () => {
  server = await serve((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON_INDEX),
  );
  const index = server.url.replace('http://', 'http://me:secret@');
  const wheel = await askIndex(index, WANTED, new AbortController().signal);
  expect(wheel.filename).toBe(NAMES[4]);
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  expect(server.requests).toEqual([{ path: '/tensorflow-cpu/', authorization }]);
});

test('an index that does not have the wheel, does not answer or is not there is an error each', async () => {
  const { signal } = new AbortController();
  server = await serve((request, response) =>
    request.url === '/tensorflow-cpu/'
      ? response.writeHead(200, {}).end('<html></html>')
      : response.writeHead(404).end(),
  );
  await expect(askIndex(server.url, WANTED, signal)).rejects.toThrow(
    'has no wheel of tensorflow-cpu 2.21.0 for Linux on x86_64',
  );
  await expect(askIndex(`${server.url}/x`, WANTED, signal)).rejects.toThrow(
    'expected the list of tensorflow-cpu, found HTTP 404',
  );
  await expect(askIndex('http://127.0.0.1:9', WANTED, signal)).rejects.toThrow('ECONNREFUSED');
});
