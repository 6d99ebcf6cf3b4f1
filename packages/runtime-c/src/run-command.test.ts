import { expect, test } from 'vitest';
import { runCommand, startCommand } from './run-command.js';

const node = process.execPath;

test('a command gets its input and gives its output, its messages and its exit code', async () => {
  const script = 'process.stdin.pipe(process.stdout); process.stderr.write("note"); process.exitCode = 3';
  const input = new Uint8Array(300_000).map((_, index) => index % 251);
  const progress: number[] = [];
  const result = await runCommand(node, ['-e', script], { input, onStdoutBytes: (bytes) => progress.push(bytes) });
  expect(Buffer.compare(result.stdout, input)).toBe(0);
  expect(result).toMatchObject({ exitCode: 3, endedBy: null, stderr: 'note', timedOut: false });
  expect(progress.at(-1)).toBe(input.length);
});

test('a command that does not read its input is judged by its exit code', async () => {
  const result = await runCommand(node, ['-e', 'process.exit(0)'], { input: new Uint8Array(1 << 22) });
  expect(result.exitCode).toBe(0);
});

test('a program that cannot be started is an error', async () => {
  const failure = { code: 'E-RUN-START', where: '/no/such/program', message: expect.stringContaining('ENOENT') };
  await expect(runCommand('/no/such/program', [])).rejects.toMatchObject(failure);
});

test('the time limit ends the command', async () => {
  const result = await runCommand(node, ['-e', 'setInterval(() => {}, 1000)'], { timeLimitMs: 100 });
  expect(result).toMatchObject({ timedOut: true, endedBy: 'SIGKILL', exitCode: null });
});

test('an abort ends the command together with what it started', async () => {
  const abort = new AbortController();
  const script = `
    const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log(child.pid); setInterval(() => {}, 1000)`;
  let started = () => {};
  const ready = new Promise<void>((resolve) => (started = resolve));
  const running = runCommand(node, ['-e', script], { signal: abort.signal, onStdoutBytes: () => started() });
  const ended = expect(running).rejects.toMatchObject({ code: 'E-INTERRUPTED', exitCode: 130 });
  await ready;
  abort.abort();
  await ended;
  await expect(runCommand(node, ['-v'], { signal: abort.signal })).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
});

test('what a command starts ends with it', async () => {
  const script = `
    const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    process.stderr.write(String(child.pid)); setInterval(() => {}, 1000)`;
  const result = await runCommand(node, ['-e', script], { timeLimitMs: 4000 });
  const grandchild = Number(result.stderr);
  expect(grandchild).toBeGreaterThan(0);
  await expect.poll(() => isRunning(grandchild), { timeout: 2000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a program that runs on is talked to and ended, and tells what it wrote to stderr', async () => {
  const script = 'process.stdin.on("data", (chunk) => { console.error("heard"); process.stdout.write(chunk); })';
  let heard = '';
  let wake = (): void => undefined;
  const answered = new Promise<void>((resolve) => (wake = resolve));
  const program = startCommand(node, ['-e', script], (bytes) => {
    heard += Buffer.from(bytes).toString();
    if (heard === 'hello') wake();
  });
  program.write(Buffer.from('hello'));
  await answered;
  program.end();
  expect(await program.ended).toMatch(/^heard\n/);
});

test('a program that ends by itself is noticed, with its exit code', async () => {
  const program = startCommand(node, ['-e', 'process.exit(7)'], () => undefined);
  expect(await program.ended).toBe('exit code 7');
});

test('a program that cannot be started says so when it has ended', async () => {
  const program = startCommand('/no/such/program', [], () => undefined);
  expect(await program.ended).toMatch(/not found[^]*exit code 127/);
});
