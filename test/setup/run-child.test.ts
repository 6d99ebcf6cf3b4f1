import { expect, test } from 'vitest';
import { lastLines, runChild } from '../../scripts/setup/run-child.mjs';
import { Interrupted } from '../../scripts/setup/setup-error.mjs';

const shell = (script: string, options: { signal?: AbortSignal; timeoutMs?: number } = {}) =>
  runChild('sh', ['-c', script], { signal: new AbortController().signal, ...options });

test('gives the exit code and what was said on both streams', async () => {
  const { code, output } = await shell('echo out; echo err >&2; exit 7');
  expect(code).toBe(7);
  expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('a program that is not there is a failed one', async () => {
  const result = await runChild('kiln-no-such-program', [], { signal: new AbortController().signal });
  expect(result.code).toBe(-1);
  expect(result.output).toContain('ENOENT');
});

test('a time limit ends the program and what it has started', async () => {
  const started = Date.now();
  const { code, timedOut } = await shell('sleep 30 & sleep 30', { timeoutMs: 200 });
  expect([code, timedOut]).toEqual([-1, true]);
  expect(Date.now() - started).toBeLessThan(5000);
});

test('Ctrl-C ends the program, and its end is waited for', async () => {
  const controller = new AbortController();
  const result = shell('sleep 30 & wait', { signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await expect(result).rejects.toBeInstanceOf(Interrupted);
});

test('the last lines that say something', () => {
  expect(lastLines('a\n\nb\nc  \n\n', 2)).toBe('b\nc');
});
