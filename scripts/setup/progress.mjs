const BAR_WIDTH = 28;
const REDRAW_MS = 100;
const STILL_AT_WORK_MS = 30_000;

/**
 * @typedef {object} Meter  Shows how far one piece of work is.
 * @property {(done: number) => void} update  bytes done so far
 * @property {() => void} end  clears what was drawn
 */

/**
 * Tells a person what the set-up does: a moving bar on a terminal, a few plain lines on a pipe.
 * Colours only on a terminal, and never where NO_COLOR is set.
 */
export class Reporter {
  /**
   * @param {NodeJS.WritableStream & { isTTY?: boolean }} stream
   * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} [options]
   */
  constructor(stream, { quiet = false, env = process.env } = {}) {
    this.stream = stream;
    this.quiet = quiet;
    this.moving = stream.isTTY === true && env['TERM'] !== 'dumb' && !quiet;
    this.coloured = this.moving && !env['NO_COLOR'];
  }

  /** Says one line. @param {string} text */
  say(text) {
    if (!this.quiet) this.stream.write(`${text}\n`);
  }

  /** Says one line that is said under --quiet too. @param {string} text */
  warn(text) {
    this.stream.write(`${this.coloured ? `\u001b[33m${text}\u001b[0m` : text}\n`);
  }

  /**
   * Progress of a known size. On a pipe: one line at each quarter.
   *
   * @param {string} label
   * @param {number} totalBytes
   * @returns {Meter}
   */
  bar(label, totalBytes) {
    const started = Date.now();
    let drawn = 0;
    let quarter = 0;
    return {
      update: (done) => {
        const share = totalBytes > 0 ? Math.min(1, done / totalBytes) : 0;
        if (this.moving && Date.now() - drawn >= REDRAW_MS) {
          drawn = Date.now();
          const cells = Math.round(share * BAR_WIDTH);
          const rate = megabytes(done / Math.max(0.1, (drawn - started) / 1000));
          const bar = '█'.repeat(cells) + '░'.repeat(BAR_WIDTH - cells);
          this.#draw(`  ${label}  ${bar} ${megabytes(done)} of ${megabytes(totalBytes)} MB, ${rate} MB/s`);
        } else if (!this.moving && Math.floor(share * 4) > quarter) {
          quarter = Math.floor(share * 4);
          this.say(`  ${label}: ${megabytes(done)} of ${megabytes(totalBytes)} MB`);
        }
      },
      end: () => this.#clear(),
    };
  }

  /**
   * Progress of an unknown size. On a pipe: one line each half minute, so that nobody takes it for dead.
   *
   * @param {string} label
   * @returns {Meter}
   */
  spinner(label) {
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    let turn = 0;
    const timer = setInterval(
      () => {
        if (this.moving) this.#draw(`  ${label}  ${'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[(turn += 1) % 10]} ${seconds()} s`);
        else this.say(`  ${label}: still at work after ${seconds()} s`);
      },
      this.moving ? REDRAW_MS : STILL_AT_WORK_MS,
    );
    timer.unref();
    return {
      update: () => undefined,
      end: () => {
        clearInterval(timer);
        this.#clear();
      },
    };
  }

  /** @param {string} text */
  #draw(text) {
    this.stream.write(`\r\u001b[K${text}`);
  }

  #clear() {
    if (this.moving) this.stream.write('\r\u001b[K');
  }
}

/**
 * Bytes as whole megabytes (10^6), as download pages count them.
 *
 * @param {number} bytes
 * @returns {string}
 */
function megabytes(bytes) {
  return String(Math.round(bytes / 1e6));
}
