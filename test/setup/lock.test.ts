import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../scripts/setup/lock.mjs';
import { Interrupted } from '../../scripts/setup/setup-error.mjs';

/** Above the greatest process id of Linux. */
const NO_PROCESS = 2 ** 22 + 1;

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'kiln-lock-')), 'set-up.lock');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

test('a second holder waits for the first', async () => {
  const order: string[] = [];
  const signal = new AbortController().signal;
  let waitedFor = 0;
  const onWait = (pid: number) => {
    waitedFor = pid;
  };
  const first = withLock(path, { signal, onWait }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    order.push('first');
  });
  const second = withLock(path, { signal, onWait }, async () => void order.push('second'));
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect(waitedFor).toBe(process.pid);
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that is gone is taken over', async () => {
  writeFileSync(path, String(NO_PROCESS));
  const options = { signal: new AbortController().signal, onWait: () => expect.unreachable('waits for nobody') };
  expect(await withLock(path, options, async () => 'done')).toBe('done');
});

test('a lock is given back when the work fails, and waiting ends with Ctrl-C', async () => {
  const controller = new AbortController();
  const options = { signal: controller.signal, onWait: () => controller.abort() };
  await expect(withLock(path, options, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  writeFileSync(path, String(process.pid));
  await expect(withLock(path, options, async () => undefined)).rejects.toBeInstanceOf(Interrupted);
});
