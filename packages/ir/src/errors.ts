/** Whose fault an error is, and so with which code the process ends (see docs/command-line.md). */
export const EXIT_CODE = {
  done: 0,
  input: 1,
  usage: 2,
  missingTool: 3,
  defect: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/** A literal, unique name of one kind of error, such as `E-DENSE-FEATURES`. */
export type ErrorCode = `E-${string}`;

/**
 * The root of every error that Kiln raises on purpose.
 *
 * `where` names the thing (a file and line, a node, a tensor, a tool), `message` says what was expected and what was
 * found, `remedy` says what to do next.
 */
export abstract class KilnError extends Error {
  abstract readonly exitCode: ExitCode;

  constructor(
    readonly code: ErrorCode,
    readonly where: string,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The error as one line: `E-CODE: where: what. What to do.` */
  override toString(): string {
    return `${this.code}: ${this.where}: ${this.message}. ${this.remedy}`;
  }
}

/** The user's data set or input file is at fault. */
export class DataError extends KilnError {
  readonly exitCode = EXIT_CODE.input;
}

/** The user's model is at fault: malformed, inconsistent, or too large. */
export class CompileError extends KilnError {
  readonly exitCode = EXIT_CODE.input;
}

/** Shapes that do not fit together. */
export class ShapeError extends CompileError {}

/** The model is sound, but it asks for something that Kiln does not have. */
export class UnsupportedError extends KilnError {
  readonly exitCode = EXIT_CODE.input;
}

/** What was to be equal is not. */
export class ParityError extends KilnError {
  readonly exitCode = EXIT_CODE.input;
}

/** Something on the machine is in the way: a full disk, a folder that may not be written. */
export class EnvironmentError extends KilnError {
  readonly exitCode = EXIT_CODE.input;
}

/** The command line is wrong. */
export class UsageError extends KilnError {
  readonly exitCode = EXIT_CODE.usage;
}

/** A program that Kiln calls is missing; `remedy` holds the line that installs it. */
export class MissingToolError extends KilnError {
  readonly exitCode = EXIT_CODE.missingTool;
}

/** Kiln itself is at fault. */
export class InvariantError extends KilnError {
  readonly exitCode = EXIT_CODE.defect;

  constructor(code: ErrorCode, where: string, message: string) {
    super(code, where, message, 'This is a defect of Kiln; please report it with the model and the command');
  }
}

/** The user, or the system, asked the work to stop. */
export class InterruptedError extends KilnError {
  readonly exitCode = EXIT_CODE.interrupted;

  constructor(where: string, remedy: string) {
    super('E-INTERRUPTED', where, 'interrupted', remedy);
  }
}

/** Several errors of one input, reported together. Ends with the gravest exit code of its parts. */
export class KilnErrors extends KilnError {
  readonly exitCode: ExitCode;

  constructor(readonly errors: readonly KilnError[]) {
    super('E-SEVERAL', errors[0]?.where ?? 'input', `${errors.length} errors`, 'See each of them');
    this.exitCode = errors.reduce<ExitCode>((worst, error) => (error.exitCode > worst ? error.exitCode : worst), 1);
  }

  override toString(): string {
    return this.errors.map(String).join('\n');
  }
}

/** Throws one error as itself, several as `KilnErrors`, none not at all. What was found twice is one error. */
export function throwAll(errors: readonly KilnError[]): void {
  const distinct = [...new Map(errors.map((error) => [String(error), error])).values()];
  const [first] = distinct;
  if (first !== undefined && distinct.length === 1) throw first;
  if (distinct.length > 1) throw new KilnErrors(distinct);
}
