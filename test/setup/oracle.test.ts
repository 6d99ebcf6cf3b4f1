import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Case, compareFamilies, readFamilies, writeFamilies } from '../../scripts/oracle/case-files.mjs';
import { resultLines } from '../../scripts/oracle/result-table.mjs';

const SCRIPT = fileURLToPath(new URL('../../scripts/oracle.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-oracle-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function caseOf(types: string[], outputs: string[], changes: Partial<Case> = {}): Case {
  const runs = [{ inputs: ['00'], outputs }];
  return { name: 'add', operators: ['ADD'], judge: 'micro', reason: '', types, model: 'ab', runs, ...changes };
}

function float(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.toString('hex');
}

function differences(generated: Case, committed: Case): string[] {
  return compareFamilies(new Map([['binary', [generated]]]), new Map([['binary', [committed]]]));
}

test('integers are compared bit for bit, floats within the tolerance', () => {
  expect(differences(caseOf(['int8'], ['0102']), caseOf(['int8'], ['0102']))).toEqual([]);
  expect(differences(caseOf(['int8'], ['0103']), caseOf(['int8'], ['0102']))).toEqual([
    'binary/add: another output 0 in inference 0',
  ]);
  expect(differences(caseOf(['float32'], [float(1.00005)]), caseOf(['float32'], [float(1)]))).toEqual([]);
  expect(differences(caseOf(['float32'], [float(1.001)]), caseOf(['float32'], [float(1)]))).toHaveLength(1);
});

test('another model, other inputs, another judge and a case that is not committed are told', () => {
  const [x] = [caseOf(['int8'], ['01'])];
  expect(differences(x, { ...x, model: 'ac' })).toEqual(['binary/add: another model']);
  expect(differences(x, { ...x, judge: 'none' })).toEqual(['binary/add: judged by micro, committed by none']);
  expect(differences(x, { ...x, name: 'sub' })).toEqual(['binary/add: is not committed']);
  const runs = [{ inputs: ['11'], outputs: ['01'] }];
  expect(differences(x, { ...x, runs })).toEqual(['binary/add: other inputs in inference 0']);
});

test('cases come back as they were written, and the same cases are the same bytes', () => {
  const families = new Map([['binary', [caseOf(['int8'], ['01'])]]]);
  const bytes = writeFamilies(folder, families);
  const first = readFileSync(join(folder, 'binary.json.gz'));
  expect(first).toHaveLength(bytes);
  expect(readFamilies(folder)).toEqual(families);
  writeFamilies(folder, families);
  expect(readFileSync(join(folder, 'binary.json.gz')).equals(first)).toBe(true);
});

test('the table counts judges and engines, and lists what failed and what nobody could run', () => {
  const unjudged = caseOf([], [], { name: 'odd', judge: 'none', reason: 'Micro: no; reference: no' });
  const lines = resultLines(new Map([['binary', [caseOf(['int8'], ['01']), unjudged]]]), [
    { family: 'binary', name: 'add', engine: 'reference', problem: null },
    { family: 'binary', name: 'add', engine: 'host', problem: 'differs\nat length' },
  ]);
  expect(lines[1]!.split(/ {2,}/)).toEqual(['binary', '2', '1', '0', '1', '1 passed', '0, 1 failed', '-']);
  expect(lines).toContain('  binary/add on host: differs');
  expect(lines).toContain('  binary/odd: Micro: no; reference: no');
});

/** Runs the command with a Python of the test's own. */
function runWith(python: string, args: readonly string[]): { status: number | null; stderr: string } {
  const env = { ...process.env, KILN_CACHE: join(folder, 'cache'), KILN_PYTHON: python };
  return spawnSync(process.execPath, [SCRIPT, ...args], { env, encoding: 'utf8' });
}

test('without Python the command says what to install; where it is optional, that it goes on', () => {
  const missing = join(folder, 'no-python');
  const needed = runWith(missing, ['--check']);
  expect(needed.status).toBe(3);
  expect(needed.stderr).toMatch(/E-ORACLE-PYTHON: .*Install Python/);
  const optional = runWith(missing, ['--check', '--optional']);
  expect(optional.status).toBe(0);
  expect(optional.stderr).toMatch(/E-ORACLE-PYTHON[\s\S]*left out/);
});

test('without the module venv the command names the package', () => {
  const python = join(folder, 'python');
  writeFileSync(
    python,
    '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.11.2 && exit 0\necho no ensurepip >&2\nexit 1\n',
  );
  chmodSync(python, 0o755);
  const { status, stderr } = runWith(python, ['--check']);
  expect(status).toBe(3);
  expect(stderr).toMatch(/E-ORACLE-VENV: .*no ensurepip.*python3-venv/);
});

test('a wrong command line is told before anything is done', () => {
  for (const args of [['--count', 'many'], ['--write', '--only', 'ADD'], ['--nonsense']]) {
    const { status, stderr } = runWith('python3', args);
    expect(status, args.join(' ')).toBe(2);
    expect(stderr).toContain('E-ORACLE-USAGE');
  }
});
