import { SingleBar } from 'cli-progress';
import { printable, type Terminal } from './terminal.js';

/** One stage of work that people watch. */
export interface Stage {
  /** How far it is, and what is worth knowing beside it. */
  update(done: number, total: number, note?: string): void;
  /** A line worth keeping, such as an epoch's result. */
  log(line: string): void;
  /** Ends the stage with its result in a few words. */
  finish(summary: string): void;
  /** Takes the bar away without a result: the work failed. */
  abandon(): void;
}

/** Begins a stage: a bar on a terminal, plain lines on a pipe, nothing with `--quiet`. */
export function beginStage(terminal: Terminal, title: string): Stage {
  if (terminal.quiet) return { update: ignore, log: ignore, finish: ignore, abandon: ignore };
  return terminal.interactive ? barStage(terminal, title) : plainStage(title);
}

/** Runs `work` as a stage; the stage is closed whatever happens. `summarize` says the result in a few words. */
export async function runStage<T>(
  terminal: Terminal,
  title: string,
  work: (stage: Stage) => T | Promise<T>,
  summarize: (result: T) => string,
): Promise<T> {
  const stage = beginStage(terminal, title);
  try {
    const result = await work(stage);
    stage.finish(summarize(result));
    return result;
  } catch (error) {
    stage.abandon();
    throw error;
  }
}

const ignore = (): void => undefined;
const TITLE_COLUMNS = 22;

function plainStage(title: string): Stage {
  const started = performance.now();
  process.stderr.write(`${title} ...\n`);
  return {
    update: ignore,
    log: (line) => process.stderr.write(`  ${printable(line)}\n`),
    finish: (summary) => process.stderr.write(`${title}: ${printable(summary)} (${seconds(started)})\n`),
    abandon: ignore,
  };
}

function barStage(terminal: Terminal, title: string): Stage {
  const started = performance.now();
  const { colours } = terminal;
  const bar = new SingleBar({
    format: `${title.padEnd(TITLE_COLUMNS)} {bar} {percentage}% {note}`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: false,
    // Lines are cut to the terminal's width. Wrapping stays on: a process that is ended could not put it back.
    linewrap: true,
    gracefulExit: false,
  });
  bar.start(1, 0, { note: '' });
  return {
    update: (done, total, note = '') => {
      bar.setTotal(total);
      bar.update(done, { note });
      // Most of the work does not give the event loop a turn, so the bar is drawn here and now.
      bar.render();
    },
    log: ignore,
    finish: (summary) => {
      bar.stop();
      process.stderr.write(
        `${colours.green('✓')} ${title.padEnd(TITLE_COLUMNS - 2)} ${printable(summary)} ${colours.dim(seconds(started))}\n`,
      );
    },
    abandon: () => {
      bar.stop();
    },
  };
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
