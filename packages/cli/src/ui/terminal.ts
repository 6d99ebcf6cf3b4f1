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
  // Results are never coloured: it is stderr that has to be a terminal.
  const coloured = Boolean(process.stderr.isTTY) && process.env['NO_COLOR'] === undefined;
  return {
    json: options.json ?? false,
    quiet: options.quiet ?? false,
    interactive: Boolean(process.stderr.isTTY) && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    colours: pc.createColors(coloured),
  };
}

/** A line for people, on stderr; nothing with `--quiet`. */
export function note(terminal: Terminal, line: string): void {
  if (!terminal.quiet) process.stderr.write(`${printable(line)}\n`);
}

/** A line for people, on stderr, in yellow; nothing with `--quiet` and `--json`. */
export function warn(terminal: Terminal, line: string): void {
  if (!terminal.quiet && !terminal.json) process.stderr.write(`${terminal.colours.yellow(printable(line))}\n`);
}

/** The result for people, on stdout; with `--json` the document instead. */
export function answer(terminal: Terminal, text: string, document: unknown): void {
  if (terminal.json) process.stdout.write(`${escaped(JSON.stringify(document, null, 2))}\n`);
  else process.stdout.write(`${printable(text.replace(/\n+$/, ''))}\n`);
}

/**
 * What steers a terminal: control characters but for tab and line feed, and the marks that turn the direction of writing
 * round or take no room. Source: Unicode 15, general categories Cc and Cf; Boucher and Anderson 2021, "Trojan Source".
 */
// eslint-disable-next-line no-control-regex
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Takes out of text that came from a file what would steer the terminal. Colours are put on afterwards. */
export function printable(text: string): string {
  return text.replace(STEERING, '?');
}

/** The same for JSON, where nothing is lost. */
function escaped(json: string): string {
  return json.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
