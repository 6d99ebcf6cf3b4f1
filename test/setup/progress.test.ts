import { expect, test } from 'vitest';
import { Reporter } from '../../scripts/setup/progress.mjs';
import { TextStream } from './text-stream.js';

const TOTAL_BYTES = 274_000_000;

function downloadOn(stream: TextStream, env: NodeJS.ProcessEnv = {}): string {
  const reporter = new Reporter(stream, { env });
  const meter = reporter.bar('downloading', TOTAL_BYTES);
  for (let done = 0; done <= TOTAL_BYTES; done += 1_000_000) meter.update(done);
  meter.end();
  reporter.warn('careful');
  return stream.text;
}

test('on a pipe a download is four plain lines', () => {
  expect(downloadOn(new TextStream())).toBe(
    [69, 137, 206, 274].map((done) => `  downloading: ${done} of 274 MB\n`).join('') + 'careful\n',
  );
});

test('on a terminal it is one line drawn over, which is cleared at the end', () => {
  const text = downloadOn(new TextStream(true));
  expect(text).toContain('\r\u001b[K  downloading  ');
  expect(text).toContain('\r\u001b[K\u001b[33mcareful\u001b[0m\n');
  expect(text.split('\n')).toHaveLength(2);
});

test('NO_COLOR takes the colours away and leaves the bar', () => {
  const text = downloadOn(new TextStream(true), { NO_COLOR: '1' });
  expect(text).toContain('░');
  expect(text.endsWith('\u001b[Kcareful\n')).toBe(true);
});

test('--quiet leaves only what is missing', () => {
  const stream = new TextStream();
  const reporter = new Reporter(stream, { quiet: true });
  reporter.say('installing');
  reporter.bar('downloading', 10).update(10);
  reporter.warn('no compiler');
  expect(stream.text).toBe('no compiler\n');
});
