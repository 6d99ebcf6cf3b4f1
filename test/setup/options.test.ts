import { expect, test } from 'vitest';
import { parseOptions } from '../../scripts/setup/options.mjs';
import { SetupError } from '../../scripts/setup/setup-error.mjs';

test('without options everything is installed', () => {
  expect(parseOptions([])).toEqual({
    purpose: undefined,
    check: false,
    system: true,
    retry: false,
    json: false,
    quiet: false,
    help: false,
  });
});

test('--for takes its value with a space and with an equals sign', () => {
  expect(parseOptions(['--for', 'test']).purpose).toBe('test');
  expect(parseOptions(['--for=test', '--check', '--json']).purpose).toBe('test');
  expect(parseOptions(['--for', 'boards']).purpose).toBe('boards');
  expect(parseOptions(['--for', 'flash']).purpose).toBe('flash');
  expect(parseOptions(['--for', 'browser']).purpose).toBe('browser');
});

test.each([
  [['--for', 'lunch'], "--for expects start, test, boards, flash or browser, found 'lunch'"],
  [['--for'], '--for expects start, test, boards, flash or browser, found nothing'],
  [['--chek'], "'--chek' is not an option"],
])('%j is a wrong command line', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
  try {
    parseOptions(args);
  } catch (error) {
    expect(error).toBeInstanceOf(SetupError);
    expect((error as SetupError).exitCode).toBe(2);
    expect(String(error)).toMatch(/^error E-SETUP-USAGE: scripts\/setup\.mjs: .*--help$/);
  }
});
