import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath, ROOT, Sandbox } from './kiln-process.js';

const sandbox = new Sandbox();
const hasCompilers =
  ['gcc', 'clang', 'cc'].some((name) => programInPath(name) !== null) && programInPath('emcc') !== null;
const hasOwnData = existsSync(join(ROOT, 'data/optdigits/optdigits.tra'));

test.skipIf(!hasCompilers || hasOwnData)(
  'fire without a data set and without a network says so, and does everything else',
  async () => {
    const folder = sandbox.at('out');
    const { code, stdout, stderr } = await sandbox.run(['fire', '--epochs', '1', '-o', folder]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/This is NOT the UCI optdigits set: .*\(ECONNREFUSED\)/);
    expect(stdout).toMatch(/network +accuracy +inputs +differing/);
    for (const network of ['int8, C on host', 'int8, C on wasm', 'float32, C on host', 'float32, C on wasm']) {
      expect(stdout).toMatch(new RegExp(`${network} +\\d+\\.\\d\\d % +[\\d,]+ +0$`, 'm'));
    }
    expect(stdout).toContain(join(folder, 'report.html'));
    expect(stdout).toContain(join(folder, 'c', 'digits.c'));
    expect(stdout).toMatch(/^next +npx kiln /m);
    expect(readdirSync(folder).sort()).toEqual(['c', 'c-float32', 'model', 'report.html']);
    for (const part of ['c', 'c-float32'])
      expect(readdirSync(join(folder, part)).sort()).toEqual(['digits.c', 'digits.h']);
    const report = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(report).toContain('NOT the UCI optdigits set');
    expect(report).not.toMatch(/(src|href)="https?:|undefined|NaN/);
    expect(readdirSync(sandbox.temporary)).toEqual([]);
    // What fire wrote, the other commands take for Kiln's own and for a whole model.
    const compile = [
      'compile',
      join(folder, 'model'),
      '-o',
      join(folder, 'c'),
      '--name',
      'digits',
      '--quantize',
      'float32',
    ];
    expect(await sandbox.run([...compile, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(folder, 'c', 'digits.c'))).toEqual(readFileSync(join(folder, 'c-float32', 'digits.c')));
  },
);
