import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { selectBackend, type BackendChoice } from './select-backend.js';
import { addonProblem, findTensorFlowAddon, loadTensorFlowAddon } from './tfjs-node.js';

function emptyFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-addon-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.each(['wasm', 'cpu'] as const)(
  '%s is used when it is asked for, and says nothing on the terminal',
  async (name) => {
    const warnings = vi.spyOn(console, 'warn');
    const { tf, ...selected } = await selectBackend(name);
    expect(tf.getBackend()).toBe(name);
    expect(selected).toEqual({ name, reason: 'asked for', tensorflowVersion: null });
    expect(tf.tensor1d([1, 2]).square().dataSync()).toEqual(Float32Array.of(1, 4));
    expect(warnings).not.toHaveBeenCalled();
  },
);

test('auto takes native TensorFlow where it works and wasm where it does not, with the reason', async () => {
  const problem = addonProblem(findTensorFlowAddon());
  const { name, reason } = await selectBackend('auto');
  expect(name).toBe(problem === null ? 'tfjs-node' : 'wasm');
  expect(reason).toContain(problem ?? 'native TensorFlow is installed');
});

test('a backend that does not exist is a wrong command line', async () => {
  await expect(selectBackend('webgl' as BackendChoice)).rejects.toMatchObject({ code: 'E-BACKEND', exitCode: 2 });
});

test('a package without its addon is a missing tool, named with the line that installs it', () => {
  const addon = findTensorFlowAddon(emptyFolder());
  expect(addon).toBeNull();
  expect(() => loadTensorFlowAddon(addon)).toThrow(
    expect.objectContaining({
      code: 'E-BACKEND-TFJS-NODE',
      exitCode: 3,
      remedy: expect.stringContaining('node scripts/setup.mjs'),
    }),
  );
});

test('the addon of the newest Node-API version is found, and one that does not load is a missing tool', () => {
  const folder = emptyFolder();
  for (const version of [8, 10, 9]) {
    mkdirSync(path.join(folder, `lib/napi-v${version}`), { recursive: true });
    writeFileSync(path.join(folder, `lib/napi-v${version}/tfjs_binding.node`), 'not a library');
  }
  const addon = findTensorFlowAddon(folder);
  expect(addon).toBe(path.join(folder, 'lib/napi-v10/tfjs_binding.node'));
  expect(addonProblem(addon)).toMatch(/does not load \(.*tfjs_binding\.node/);
});
