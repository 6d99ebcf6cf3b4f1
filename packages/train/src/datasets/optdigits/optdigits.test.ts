import { createServer, type RequestListener, type Server } from 'node:http';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KilnErrors } from '@kiln/ir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Of } from './files.js';
import { loadOptdigits, type LoadOptdigitsOptions } from './load-optdigits.js';

const REAL = new URL('../../../../../../shared/data/optdigits/', import.meta.url);
const hasReal = existsSync(REAL);
const whole = Array.from(
  { length: 10 },
  (_, label) => `${Array.from({ length: 64 }, (_, i) => (i * 7 + label) % 17).join(',')},${label}`,
);

let folder: string;
let server: Server | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-optdigits-'));
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  server?.closeAllConnections();
  await new Promise<void>((done) => (server === null ? done() : server.close(() => done())));
  server = null;
});

/** Writes both files with the same text, and the checksums that vouch for them. */
function writeSet(text: string, vouch = true): string {
  const set = join(folder, 'set');
  mkdirSync(set, { recursive: true });
  for (const name of ['optdigits.tra', 'optdigits.tes']) writeFileSync(join(set, name), text);
  const sum = sha256Of(Buffer.from(text));
  if (vouch) writeFileSync(join(set, 'optdigits.sha256'), `${sum}  optdigits.tra\n${sum}  optdigits.tes\n`);
  return set;
}

function load(options: Partial<LoadOptdigitsOptions>) {
  const defaults = {
    env: {},
    cacheFolder: join(folder, 'cache'),
    root: join(folder, 'root'),
    baseUrl: 'http://127.0.0.1:9/',
  };
  return loadOptdigits({ ...defaults, ...options });
}

async function problemsOf(set: string): Promise<string[]> {
  try {
    await load({ folder: set });
  } catch (error) {
    return error instanceof KilnErrors ? error.errors.map(String) : [String(error)];
  }
  return [];
}

describe('rows', () => {
  test('CRLF, a byte order mark, blank lines at the end and no final newline are fine', async () => {
    for (const text of [whole.join('\n'), `\uFEFF${whole.join('\r\n')}\r\n\r\n\r\n`]) {
      const { train } = await load({ folder: writeSet(text) });
      expect(train.count).toBe(10);
      expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect([...train.images.subarray(64, 69)]).toEqual([1, 8, 15, 5, 12]);
    }
  });

  test.each([
    ['63 numbers', whole[0]!.split(',').slice(2).join(','), 'has 63 numbers, expected 65'],
    ['a pixel of 17', whole[0]!.replace('0,', '17,'), "pixel 1 is '17', expected a whole number from 0 to 16"],
    ['a negative pixel', whole[0]!.replace('0,', '-1,'), "pixel 1 is '-1'"],
    ['a fraction', whole[0]!.replace('0,', '0.5,'), "pixel 1 is '0.5'"],
    ['a word', whole[0]!.replace('0,', 'nan,'), "pixel 1 is 'nan'"],
    ['an empty field', whole[0]!.replace('0,', ','), "pixel 1 is ''"],
    ['a class of 10', whole[0]!.replace(/,0$/, ',10'), "the class is '10', expected a whole number from 0 to 9"],
    ['a blank line between rows', '', 'is blank'],
  ])('%s is named with its line', async (_, row, message) => {
    const problems = await problemsOf(writeSet([...whole, row, ...whole].join('\n')));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('optdigits.tra:11');
    expect(problems[0]).toContain(message);
    expect(problems[1]).toContain('optdigits.tes:11');
  });

  test('of many bad rows the first twenty are named and the rest counted', async () => {
    const problems = await problemsOf(writeSet([...whole, ...Array.from({ length: 35 }, () => '1,2')].join('\n')));
    expect(problems).toHaveLength(42);
    expect(problems[20]).toMatch(/optdigits\.tra: has 15 more bad rows, 35 of 45/);
  });

  test('an empty file and a class without rows are errors', async () => {
    expect((await problemsOf(writeSet('\n\n')))[0]).toMatch(/E-DATA-EMPTY/);
    expect((await problemsOf(writeSet(whole.slice(0, 8).join('\n'))))[0]).toMatch(/no row of class 8, 9/);
  });
});

describe('the ladder', () => {
  test('a named folder without the files is an error for each, not a reason to go on', async () => {
    expect(await problemsOf(folder)).toHaveLength(2);
    await expect(load({ env: { KILN_DATA: join(folder, 'nowhere') } })).rejects.toThrow();
  });

  test('one file missing is an error that names it', async () => {
    const set = writeSet(whole.join('\n'));
    rmSync(join(set, 'optdigits.tes'));
    const problems = await problemsOf(set);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/E-DATA-FILE: .*optdigits\.tes: is missing/);
  });

  test('good rows under a checksum that nobody vouches for are an error with both sums', async () => {
    const problems = await problemsOf(writeSet(whole.join('\n'), false));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/E-DATA-CHECKSUM: .*optdigits\.tra: has sha256 [0-9a-f]{64}, expected e1b683/);
  });

  test('bad rows and the checksum that they change are reported together, the rows first', async () => {
    const problems = await problemsOf(writeSet([...whole, '1,2'].join('\n'), false));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'E-DATA-ROW',
      'E-DATA-CHECKSUM',
      'E-DATA-ROW',
      'E-DATA-CHECKSUM',
    ]);
  });

  test.skipIf(!hasReal)('the UCI files stay the UCI set when their own checksums lie beside them', async () => {
    const set = writeSet('');
    const sums = ['optdigits.tra', 'optdigits.tes'].map((name) => {
      cpSync(new URL(name, REAL), join(set, name));
      return `${sha256Of(readFileSync(join(set, name)))}  ${name}\n`;
    });
    writeFileSync(join(set, 'optdigits.sha256'), sums.join(''));
    const { name, notice } = await load({ folder: set });
    expect([name, notice]).toEqual(['UCI optdigits', null]);
  });

  test('a variant that its owner vouches for is taken, and said to be one', async () => {
    const { notice, name } = await load({ folder: writeSet(whole.join('\n')) });
    expect(name).toContain('variant');
    expect(notice).toContain('not the UCI set');
  });

  test('data/optdigits of the project comes before the cache', async () => {
    cpSync(writeSet(whole.join('\n')), join(folder, 'root', 'data', 'optdigits'), { recursive: true });
    expect((await load({})).source).toBe('data/optdigits');
  });

  test('without a network the embedded digits are taken, and say what they are not', async () => {
    const baseUrl = await closedPort();
    const dataset = await load({ baseUrl });
    expect(dataset.notice).toMatch(/NOT the UCI optdigits set.*ECONNREFUSED/);
    expect([dataset.train.count, dataset.test.count]).toEqual([3820, 1800]);
    expect([...new Set(dataset.train.images)].sort((a, b) => b - a)[0]).toBe(16);
    expect(new Set(dataset.train.labels).size).toBe(10);
    expect(existsSync(join(folder, 'cache', 'optdigits', 'optdigits.tra'))).toBe(false);
    expect((await load({ baseUrl })).sha256).toBe(dataset.sha256);
    const readme = readFileSync(new URL('../../../../../data/README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\`${dataset.sha256}\``);
  });
});

describe('the download', () => {
  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server!.address() as AddressInfo).port}/`;
  }

  test.each<[string, RequestListener, RegExp]>([
    ['a 404', (_, response) => response.writeHead(404).end(), /the server answered 404/],
    ['other contents', (_, response) => response.end(whole.join('\n')), /came with sha256/],
    [
      'a connection that breaks off',
      (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('1,2', () => response.destroy()),
      /\((terminated|other side closed|UND_ERR_SOCKET)\)/,
    ],
    [
      'a server that stops in the middle',
      (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('1,2'),
      /no answer within 1 s/,
    ],
    ['a server that drips', (_, response) => drip(response), /took longer than 20 s/],
    ['a server that does not answer', () => undefined, /no answer within 1 s/],
    ['an endless answer', (_, response) => endless(response), /longer than/],
  ])('%s ends in the embedded digits with the reason, and leaves nothing', async (_, listener, reason) => {
    // Short only where it is what ends the download: a busy machine may take its time for the others.
    const patienceMs = /no answer|took longer/.test(reason.source) ? 1000 : 20_000;
    const dataset = await load({ baseUrl: await serve(listener), patienceMs });
    expect(dataset.notice).toMatch(reason);
    expect(readdirSync(join(folder, 'cache', 'optdigits'))).toEqual([]);
  });

  test.skipIf(!hasReal)('the real files are checked, kept in the cache, and not fetched twice', async () => {
    let requests = 0;
    const baseUrl = await serve((request, response) => {
      requests += 1;
      response.end(readFileSync(new URL(`.${request.url}`, REAL)));
    });
    const progress: number[] = [];
    const first = await load({ baseUrl, onProgress: (done) => progress.push(done) });
    const second = await load({ baseUrl });
    expect([first.source, second.source, requests]).toEqual(['the UCI archive', 'the cache', 2]);
    expect(first.notice).toBeNull();
    expect(Math.max(...progress)).toBe(563_639);
  });

  test('an interrupted download says so instead of going on', async () => {
    const controller = new AbortController();
    const baseUrl = await serve(() => controller.abort(new Error('enough')));
    await expect(load({ baseUrl, signal: controller.signal })).rejects.toThrow('enough');
  });
});

test.skipIf(!hasReal)('the UCI set has the rows and classes that its description gives', async () => {
  const { train, test: tested, notice } = await load({ env: { KILN_DATA: REAL.pathname } });
  expect([train.count, tested.count, notice]).toEqual([3823, 1797, null]);
  const perClass = Array.from({ length: 10 }, (_, label) => tested.labels.filter((value) => value === label).length);
  expect(perClass).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
});

/** The address of a port that nobody listens on. (A port such as 9 would not do: fetch refuses it without a connection.) */
async function closedPort(): Promise<string> {
  const once = createServer();
  await new Promise<void>((done) => once.listen(0, '127.0.0.1', done));
  const { port } = once.address() as AddressInfo;
  await new Promise<void>((done) => once.close(() => done()));
  return `http://127.0.0.1:${port}/`;
}

/** Writes a byte now and then, so that no single pause is too long. */
function drip(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'content-length': 1000 });
  const timer = setInterval(() => response.write('1'), 100);
  response.once('close', () => clearInterval(timer));
}

/** Writes until the reader hangs up. */
function endless(response: Parameters<RequestListener>[1]): void {
  const piece = Buffer.alloc(1 << 16, '1');
  const push = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', push);
  };
  push();
}
