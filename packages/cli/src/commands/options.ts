import { UsageError } from '@kiln/ir';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createTerminal, type Terminal } from '../ui/terminal.js';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Gives a command the common flags and its examples. */
export function common(command: Command, examples: readonly string[]): Command {
  return command
    .addOption(new Option('--json', 'print one JSON document on stdout; progress stays on stderr'))
    .addOption(new Option('--quiet', 'print nothing but the result and errors'))
    .addOption(new Option('--debug', 'print the stack of an error'))
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`);
}

export function terminalOf(options: CommonOptions): Terminal {
  return createTerminal(options);
}

/** For commander: an integer within bounds. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}, found '${text}'.`);
  };
}

/** A comma-separated choice among `allowed`, without repetition. */
export function choices<T extends string>(flag: string, text: string, allowed: readonly T[]): T[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!(allowed as readonly string[]).includes(name)) {
      throw new UsageError(
        'E-CHOICE',
        `${flag} ${text}`,
        `has '${name}', expected one or more of ${allowed.join(', ')}`,
        'Choose from these',
      );
    }
  }
  return [...new Set(names)] as T[];
}
