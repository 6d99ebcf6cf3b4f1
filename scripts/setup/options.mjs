import { SetupError } from './setup-error.mjs';

export const HELP = `Usage: node scripts/setup.mjs [options]

Installs what Kiln needs, where it is missing: the npm packages, C compilers, emscripten, TensorFlow for Node.js; then
builds Kiln. What is there already is left alone. Without root it prints the lines to type and does the rest.

  --for start|test   what comes after the set-up; only changes what is said
  --for boards       installs what boards need instead: cross compilers, emulators and what follows
  --for flash        installs only what writes real boards: openocd, avrdude and others
  --for browser      installs only a Chromium, in which the page of kiln demo is tested
  --check            installs nothing; says what is there and what is missing; exit code 3 if something needed is missing
  --no-system        installs no system packages, even where it may; prints the lines to type
  --retry            tries again what failed the last time
  --json             one JSON document on stdout, progress on stderr
  --quiet            says only what is missing
  --help             this text

Examples:
  node scripts/setup.mjs --check
  node scripts/setup.mjs --retry
`;

/**
 * @typedef {object} Options
 * @property {'start' | 'test' | 'boards' | 'flash' | 'browser' | undefined} purpose what npm runs after the set-up, or boards
 * @property {boolean} check
 * @property {boolean} system whether system packages may be installed
 * @property {boolean} retry
 * @property {boolean} json
 * @property {boolean} quiet
 * @property {boolean} help
 */

/**
 * Reads the command line of the set-up; anything unknown is a `SetupError` with exit code 2.
 *
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function parseOptions(args) {
  /** @type {Options} */
  const options = {
    purpose: undefined,
    check: false,
    system: true,
    retry: false,
    json: false,
    quiet: false,
    help: false,
  };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === '--check') options.check = true;
    else if (arg === '--no-system') options.system = false;
    else if (arg === '--retry') options.retry = true;
    else if (arg === '--json') options.json = true;
    else if (arg === '--quiet') options.quiet = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--for') options.purpose = purposeOf(args[(index += 1)]);
    else if (arg?.startsWith('--for=')) options.purpose = purposeOf(arg.slice('--for='.length));
    else throw usage(`'${arg}' is not an option`);
  }
  return options;
}

/**
 * @param {string | undefined} value
 * @returns {'start' | 'test' | 'boards' | 'flash' | 'browser'}
 */
function purposeOf(value) {
  if (value === 'start' || value === 'test' || value === 'boards' || value === 'flash' || value === 'browser') {
    return value;
  }
  throw usage(
    `--for expects start, test, boards, flash or browser, found ${value === undefined ? 'nothing' : `'${value}'`}`,
  );
}

/** @param {string} message */
function usage(message) {
  return new SetupError('E-SETUP-USAGE', 'scripts/setup.mjs', message, 'See node scripts/setup.mjs --help', 2);
}
