import { ISA_NAMES, UsageError } from '@kiln/ir';
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

/** The `--isa` of all commands that compile. */
export function isaOption(without: string): Option {
  const help = `instruction set whose kernels may be used; their C has plain C beside it (default: ${without})`;
  return new Option('--isa <isa>', help).choices(ISA_NAMES);
}

/** The `--io` of all commands that compile. */
export function ioOption(): Option {
  return new Option(
    '--io <where>',
    'inputs and outputs in buffers of the caller, or, if the caller likes, in the arena',
  )
    .choices(['caller', 'arena'])
    .default('caller');
}

/** The `--keep-channels` of all commands that compile. */
export function keepChannelsOption(): Option {
  return new Option('--keep-channels', 'leave channels that change nothing where they are (default: they go)');
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
