import { Command } from 'commander';
import { reportError } from './ui/errors.js';
import { KILN_VERSION } from './version.js';

/** In the order of the help. A command's module is loaded when it is run: most need few of the others' libraries. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  fire: async () => (await import('./commands/fire.js')).addFireCommand,
  train: async () => (await import('./commands/train.js')).addTrainCommand,
  compile: async () => (await import('./commands/compile.js')).addCompileCommand,
  verify: async () => (await import('./commands/verify.js')).addVerifyCommand,
  run: async () => (await import('./commands/run.js')).addRunCommand,
  inspect: async () => (await import('./commands/inspect.js')).addInspectCommand,
  export: async () => (await import('./commands/export.js')).addExportCommand,
  demo: async () => (await import('./commands/demo.js')).addDemoCommand,
  pictures: async () => (await import('./commands/pictures.js')).addPicturesCommand,
  walk: async () => (await import('./commands/walk.js')).addWalkCommand,
  bench: async () => (await import('./commands/bench.js')).addBenchCommand,
  boards: async () => (await import('./commands/boards.js')).addBoardsCommand,
  flash: async () => (await import('./commands/flash.js')).addFlashCommand,
  doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
};

/** The command that is named first, or all of them, for the help and for what is misspelt. */
async function commandsFor([first = '']: readonly string[]): Promise<((program: Command) => void)[]> {
  if (first === '--version' || first === '-V') return [];
  const one = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return Promise.all((one === undefined ? Object.values(COMMANDS) : [one]).map((load) => load()));
}

/** Runs the command line, given without node and the script; answers with the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('kiln')
    .description('Kiln fires a trained network into C: train, quantize, generate, prove.')
    .version(KILN_VERSION)
    .exitOverride()
    // What is wrong with the command line is reported like every other error.
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError();
  for (const add of await commandsFor(argv)) add(program);
  program.commands.forEach((command) => command.exitOverride());
  // A reader that goes away (`kiln ... | head`) is no defect.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return reportError(error, argv.includes('--debug'));
  }
}
