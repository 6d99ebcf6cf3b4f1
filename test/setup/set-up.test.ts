import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findTool } from '../../scripts/setup/probe-tools.mjs';
import { type LocalServer, sendRange, serve } from './local-server.js';
import { zipOf } from './zip-file.js';

// The whole script, in a project of its own without packages, against an index of wheels on this machine.

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const NAME = `tensorflow${process.arch === 'arm64' ? '' : '_cpu'}-2.21.0-cp311-cp311-manylinux_2_27_${MACHINE}.whl`;
const WHEEL = zipOf({
  'tensorflow/libtensorflow_cc.so.2': Buffer.alloc(100_000, 'library'),
  'tensorflow/libtensorflow_framework.so.2': 'framework',
});
const HALF = Math.floor(WHEEL.length / 2);
/** Only where the wheel could be used does the set-up ask for one. */
const canBuild = process.platform === 'linux' && findTool('g++', process.env) !== undefined;

let folder: string;
let root: string;
let server: LocalServer;
/** Called when half of the wheel is on its way; the rest then never comes. */
let atHalf: (() => void) | undefined;

beforeAll(async () => {
  server = await serve((request, response) => {
    if (request.url?.endsWith('.whl')) return atHalf ? sendHalf(response) : sendRange(WHEEL, request, response);
    const sha256 = createHash('sha256').update(WHEEL).digest('hex');
    const files = [{ filename: NAME, url: `/files/${NAME}`, hashes: { sha256 } }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ files }));
  });
  folder = mkdtempSync(join(tmpdir(), 'kiln-set-up-'));
  root = join(folder, 'project');
  cpSync(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
  write('package-lock.json', { packages: { '': {} } });
  write('tsconfig.json', { files: [], references: [{ path: 'part' }] });
  write('tsconfig.base.json', {});
  mkdirSync(join(root, 'part/src'), { recursive: true });
  const options = { composite: true, rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo', types: [] };
  write('part/tsconfig.json', { compilerOptions: options, include: ['src'] });
  write('part/package.json', {});
  writeFileSync(join(root, 'part/src/index.ts'), 'export const one = 1;\n');
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  server.requests.length = 0;
  atHalf = undefined;
});

function write(file: string, content: object): void {
  writeFileSync(join(root, file), JSON.stringify(content));
}

function sendHalf(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': WHEEL.length });
  response.write(WHEEL.subarray(0, HALF), () => setTimeout(() => atHalf?.(), 300));
}

/** Packages as if installed: the two that the set-up itself uses. */
function installPackages(): void {
  mkdirSync(join(root, 'node_modules/@tensorflow/tfjs-node'), { recursive: true });
  for (const name of ['yauzl', 'typescript'])
    symlinkSync(join(PROJECT, 'node_modules', name), join(root, 'node_modules', name));
  write('node_modules/.package-lock.json', { packages: {} });
}

function startSetUp(...args: string[]) {
  const env = {
    ...process.env,
    KILN_CACHE: join(folder, 'cache'),
    PIP_INDEX_URL: `${server.url}/simple`,
    TFJS_NODE_CDN_STORAGE: `${server.url}/`,
  };
  const child = spawn(process.execPath, [join(root, 'scripts/setup.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, text })),
  );
  return { child, ended };
}

const downloads = () => server.requests.filter(({ path }) => path.endsWith('.whl'));

test('--check in a fresh clone installs nothing, names what is missing and ends with 3', async () => {
  const { code, text } = await startSetUp('--check').ended;
  expect(code).toBe(3);
  expect(text).toContain(`there    Node.js                 ${process.versions.node}\n`);
  expect(text).toContain('missing  npm packages            none installed\n');
  expect(text).toContain('missing  build');
  expect(text).toContain('To install what is missing: node scripts/setup.mjs\n');
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
  expect(server.requests).toEqual([]);
});

test('--check --json is one document', async () => {
  installPackages();
  const { text } = await startSetUp('--check', '--json', '--quiet').ended;
  const { ok, steps } = JSON.parse(text) as { ok: boolean; steps: { name: string; state: string; needed: boolean }[] };
  expect(ok).toBe(false);
  expect(steps.map(({ name }) => name)).toEqual([
    'Node.js',
    'npm packages',
    'compilers',
    'TensorFlow for Node.js',
    'build',
  ]);
  expect(steps[1]).toMatchObject({ state: 'present', needed: true });
  expect(steps[3]).toMatchObject({ state: 'missing', needed: false });
});

test('a wrong option ends with 2', async () => {
  const { code, text } = await startSetUp('--all').ended;
  expect([code, text]).toEqual([
    2,
    "error E-SETUP-USAGE: scripts/setup.mjs: '--all' is not an option. See node scripts/setup.mjs --help\n",
  ]);
});

test.runIf(canBuild)(
  'Ctrl-C in a download ends with 130; the next run goes on there and does without what fails',
  async () => {
    const interrupted = startSetUp('--no-system');
    atHalf = () => interrupted.child.kill('SIGINT');
    const first = await interrupted.ended;
    expect(first.text).toContain('Interrupted. The same command goes on from here.');
    expect(first.code).toBe(130);
    expect(readdirSync(join(folder, 'cache'))).toEqual([`${NAME}.part`]);
    expect(statSync(join(folder, 'cache', `${NAME}.part`)).size).toBe(HALF);

    // These libraries are none, so that the addon cannot be built: training goes on with WebAssembly.
    atHalf = undefined;
    server.requests.length = 0;
    const second = await startSetUp('--no-system').ended;
    expect(downloads()).toEqual([{ path: `/files/${NAME}`, range: `bytes=${HALF}-` }]);
    expect(readdirSync(join(folder, 'cache'))).toEqual([`tensorflow-2.21.0-linux-${process.arch}`]);
    expect(second.text).toContain('training uses the WebAssembly backend');
    expect(second.code).toBe(0);
    expect(existsSync(join(root, 'part/dist/index.js'))).toBe(true);
  },
);

test.runIf(canBuild)('what failed is not tried again, until --retry', async () => {
  const again = await startSetUp('--no-system').ended;
  expect(again.text).toContain('To try again: node scripts/setup.mjs --retry');
  expect([again.code, server.requests]).toEqual([0, []]);
  rmSync(join(folder, 'cache'), { recursive: true });
  await startSetUp('--no-system', '--retry').ended;
  expect(downloads()).toHaveLength(1);
});

test.runIf(canBuild)(
  'a cache folder that may not be written is named, and training goes on with WebAssembly',
  async () => {
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    writeFileSync(join(folder, 'cache'), 'a file in the way');
    const { code, text } = await startSetUp('--no-system', '--retry').ended;
    expect(text).toContain(
      `training uses the WebAssembly backend (${join(folder, 'cache')}: the cache folder may not be written`,
    );
    expect(code).toBe(0);
  },
);
