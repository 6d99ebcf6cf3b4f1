import { EXIT_CODE, KilnError, KilnErrors, type ExitCode } from '@kiln/ir';
import { CommanderError } from 'commander';
import { printable } from './terminal.js';

/** Errors shown at once; the rest is counted. Two files of a data set name up to 21 each. */
const MOST_SHOWN = 60;
/** A longer error is cut: a name of ten thousand characters must not hide what is wrong with it. */
const LONGEST = 4000;

/** Prints an error as people and scripts expect it, and answers with the exit code. No stack unless `debug`. */
export function reportError(error: unknown, debug: boolean): ExitCode {
  if (error instanceof CommanderError) return reportUsage(error);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  if (error instanceof KilnErrors) {
    error.errors.slice(0, MOST_SHOWN).forEach(printError);
    if (error.errors.length > MOST_SHOWN)
      process.stderr.write(`... and ${error.errors.length - MOST_SHOWN} more errors\n`);
    return error.exitCode;
  }
  if (error instanceof KilnError) {
    printError(error);
    return error.exitCode;
  }
  const system = systemError(error);
  if (system !== null) {
    printLine(system);
    return EXIT_CODE.input;
  }
  const message = error instanceof Error ? error.message : String(error);
  printLine(
    `E-DEFECT: kiln: ${message}. This is a defect of Kiln; please report it with the command, run with --debug`,
  );
  return EXIT_CODE.defect;
}

/** What commander found; the help and the version that were asked for are no errors. */
function reportUsage({ exitCode, code, message }: CommanderError): ExitCode {
  if (exitCode === 0) return EXIT_CODE.done;
  // Without a command the help has been shown, and it says enough.
  if (code !== 'commander.help')
    printLine(`E-USAGE: kiln: ${message.replace(/^error: /, '')}. See kiln --help, or --help behind a command`);
  return EXIT_CODE.usage;
}

function printError(error: KilnError): void {
  printLine(String(error));
}

/** The lines after an error's first stand in, so that none of them can pass for another error. */
function printLine(text: string): void {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}` : text;
  process.stderr.write(`error ${printable(shown).replaceAll('\n', '\n  ')}\n`);
}

const EXPECTED_PATH = {
  ENOENT: 'it to exist, found nothing',
  ENOTDIR: 'folders all along the path, found a file among them',
  EISDIR: 'a file, found a folder',
  EEXIST: 'a folder or nothing, found a file',
  ELOOP: 'a path, found links that lead round in a circle',
  ENAMETOOLONG: 'a shorter name',
} as const;

/** What the operating system refused, in words. */
function systemError(error: unknown): string | null {
  const { code, path } = Object(error) as { code?: string; path?: string };
  const where = path ?? 'a file';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `E-DISK-FULL: ${where}: no space is left on the device (${code}). Free some, then run the command again`;
    case 'EFBIG':
      return `E-FILE-SIZE: ${where}: the file is larger than this session may write. Raise the limit with \`ulimit -f\`, or name another folder with -o`;
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return `E-PATH: ${where}: expected ${EXPECTED_PATH[code]} (${code}). Check the path`;
    case 'EIO':
      return `E-DISK: ${where}: the disk reports an error (EIO). Check the disk, or name another folder with -o`;
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
