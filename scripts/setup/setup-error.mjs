/** What stops the set-up: what it is about, what was expected and found, and what to do, under a literal code. */
export class SetupError extends Error {
  /**
   * @param {`E-${string}`} code
   * @param {string} where
   * @param {string} message
   * @param {string} remedy
   * @param {number} exitCode 1 the input or the machine is at fault, 2 the command line, 3 something is missing
   */
  constructor(code, where, message, remedy, exitCode = 3) {
    super(message);
    this.name = 'SetupError';
    this.code = code;
    this.where = where;
    this.remedy = remedy;
    this.exitCode = exitCode;
  }

  /**
   * The error as one line, in the form of every error of Kiln.
   *
   * @override
   */
  toString() {
    return `error ${this.code}: ${this.where}: ${this.message}. ${this.remedy}`;
  }
}

/** The user asked to stop. */
export class Interrupted extends Error {}

/**
 * The text of anything that was thrown.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
