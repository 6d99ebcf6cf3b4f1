import { printable, type Terminal } from './terminal.js';

/**
 * Passes on to stderr what a tool prints while it runs; nothing with `--quiet`. Bars that are drawn over and over come
 * through on a terminal only; elsewhere each line is shown as it was last.
 */
export function toolOutput(terminal: Terminal): {
  readonly write: (chunk: Uint8Array) => void;
  readonly end: () => void;
} {
  const decoder = new TextDecoder();
  let held = '';
  const show = (text: string): void => {
    if (!terminal.quiet && text !== '') process.stderr.write(text);
  };
  return {
    write: (chunk) => {
      const text = decoder.decode(chunk, { stream: true });
      if (terminal.interactive) return show(text.split('\r').map(printable).join('\r'));
      const lines = `${held}${text}`.split('\n');
      held = lines.pop() ?? '';
      show(lines.map((line) => `${indented(line)}\n`).join(''));
    },
    end: () => {
      if (held !== '') show(`${indented(held)}\n`);
    },
  };
}

function indented(line: string): string {
  return `  ${printable(line.replace(/\r$/, '').split('\r').at(-1) ?? '')}`;
}
