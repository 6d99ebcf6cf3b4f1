import { Command } from 'commander';
import { addBenchCommand } from './commands/bench.js';
import { addBoardsCommand } from './commands/boards.js';
import { addCompileCommand } from './commands/compile.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addExportCommand } from './commands/export.js';
import { addFireCommand } from './commands/fire.js';
import { addFlashCommand } from './commands/flash.js';
import { addInspectCommand } from './commands/inspect.js';
import { addPicturesCommand } from './commands/pictures.js';
import { addRunCommand } from './commands/run.js';
import { addTrainCommand } from './commands/train.js';
import { addVerifyCommand } from './commands/verify.js';
import { addWalkCommand } from './commands/walk.js';
import { reportError } from './ui/errors.js';
import { KILN_VERSION } from './version.js';

/** Runs the command line, given without node and the script; answers with the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('kiln')
    .description('Kiln fires a trained network into C: train, quantize, generate, prove.')
    .version(KILN_VERSION)
    .exitOverride()
    // What is wrong with the command line is reported like every other error.
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError();
  for (const add of [
    addFireCommand,
    addTrainCommand,
    addCompileCommand,
    addVerifyCommand,
    addRunCommand,
    addInspectCommand,
    addExportCommand,
    addDemoCommand,
    addPicturesCommand,
    addWalkCommand,
    addBenchCommand,
    addBoardsCommand,
    addFlashCommand,
    addDoctorCommand,
  ]) {
    add(program);
  }
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
