import pc from 'picocolors';

/** Where and how the command line speaks: results on stdout, everything else on stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether stderr is a person's terminal, so that a bar may be redrawn. */
  readonly interactive: boolean;
  readonly colours: ReturnType<typeof pc.createColors>;
}

/** Colours only on a terminal and never with `NO_COLOR`; bars only where a person watches. */
export function createTerminal(options: { json?: boolean; quiet?: boolean }): Terminal {
  const coloured = Boolean(process.stdout.isTTY) && process.env['NO_COLOR'] === undefined;
  return {
    json: options.json ?? false,
    quiet: options.quiet ?? false,
    interactive: Boolean(process.stderr.isTTY) && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    colours: pc.createColors(coloured),
  };
}

/** A line for people, on stderr; nothing with `--quiet` and `--json`. */
export function say(terminal: Terminal, line = ''): void {
  if (!terminal.quiet && !terminal.json) process.stderr.write(`${printable(line)}\n`);
}

/** The result for people, on stdout; with `--json` the document instead. */
export function answer(terminal: Terminal, text: string, document: unknown): void {
  if (terminal.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stdout.write(`${text.replace(/\n+$/, '')}\n`);
}

/** Takes the control characters out of text that came from a file: a name must not steer the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;]*m)/g, '?');
}
