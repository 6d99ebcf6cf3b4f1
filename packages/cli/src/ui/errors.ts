import { EXIT_CODE, KilnError, KilnErrors, type ExitCode } from '@kiln/ir';
import { CommanderError } from 'commander';
import { printable } from './terminal.js';

/** Errors shown of one input; the rest is counted. */
const MOST_SHOWN = 40;

/** Prints an error as people and scripts expect it, and answers with the exit code. No stack unless `debug`. */
export function reportError(error: unknown, debug: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.done : EXIT_CODE.usage;
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  if (error instanceof KilnErrors) {
    error.errors.slice(0, MOST_SHOWN).forEach(printError);
    if (error.errors.length > MOST_SHOWN) process.stderr.write(`... and ${error.errors.length - MOST_SHOWN} more errors\n`);
    return error.exitCode;
  }
  if (error instanceof KilnError) {
    printError(error);
    return error.exitCode;
  }
  const system = systemError(error);
  if (system !== null) {
    process.stderr.write(`error ${system}\n`);
    return EXIT_CODE.input;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `error E-DEFECT: ${printable(message)}. This is a defect of Kiln; please report it with the command, run with --debug\n`,
  );
  return EXIT_CODE.defect;
}

function printError(error: KilnError): void {
  process.stderr.write(`error ${printable(String(error))}\n`);
}

/** What the operating system refused, in words. */
function systemError(error: unknown): string | null {
  const { code, path } = Object(error) as { code?: string; path?: string };
  const where = printable(path ?? 'a file');
  switch (code) {
    case 'ENOSPC':
      return `E-DISK-FULL: ${where}: no space is left on the device. Free some, then run the command again`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `E-NOT-WRITABLE: ${where}: may not be written or read (${code}). Name another folder with -o, or change its permissions`;
    case 'EMFILE':
      return `E-OPEN-FILES: ${where}: too many open files. Raise the limit with \`ulimit -n 4096\``;
    default:
      return null;
  }
}
