import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, Sandbox } from './kiln-process.js';
import { saveModel } from './tiny-model.js';

const sandbox = new Sandbox();
const model = saveModel(sandbox.at('model'));

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'latin1')]));
}

test.each(['int8', 'float32'])(
  '%s C is the same, byte for byte, in another folder, zone, language and time',
  async (precision) => {
    cpSync(model, sandbox.at('elsewhere', 'deep', 'model'), { recursive: true });
    const places = [
      { cwd: sandbox.path, model, env: { TZ: 'UTC', LANG: 'C' } },
      { cwd: sandbox.path, model, env: { TZ: 'UTC', LANG: 'C' } },
      {
        cwd: sandbox.at('elsewhere', 'deep'),
        model: 'model',
        env: {
          ...{ TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'de_DE.UTF-8', LC_NUMERIC: 'de_DE.UTF-8' },
          ...{ TMPDIR: sandbox.folder('other-tmp'), USER: 'somebody', HOME: sandbox.folder('home') },
        },
      },
      { cwd: sandbox.at('elsewhere', 'deep'), model: 'model/model.json', env: {} },
    ];
    const made = [];
    for (const [i, { cwd, model: path, env }] of places.entries()) {
      const folder = sandbox.at(`${precision}-${i}`);
      const ended = await sandbox.run(['compile', path, '-o', folder, '--quantize', precision, '--quiet'], {
        cwd,
        env,
      });
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
      made.push(contents(folder));
    }
    const [first, ...others] = made;
    for (const other of others) expect(other).toEqual(first);
    const text = Object.values(first!).join('\n');
    for (const private_ of [
      sandbox.path,
      ROOT,
      '/tmp/',
      '/home/',
      hostname(),
      `${userInfo().username}/`,
      'elsewhere',
    ]) {
      expect(text).not.toContain(private_);
    }
    expect(text).not.toMatch(/\b20\d\d-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b/);
  },
);
