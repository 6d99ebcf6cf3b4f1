import { UsageError } from '@kiln/ir';
import { type Command, InvalidArgumentError } from 'commander';
import { checkMachine } from '../doctor/check-machine.js';
import { examineModel, type ExamineFlags } from '../doctor/examine-model.js';
import { calibrateOption } from '../precision.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor [model]')
    .description('say which tools are there; or, with a model, what int8 costs it layer by layer, and what helps')
    .addOption(calibrateOption())
    .option('--inputs <file.npy>', 'inputs to judge by, once for each input (default: what training set aside)', append)
    .option('--labels <file.npy>', 'the right class of each of these inputs (default: what training set aside)')
    .option('--count <n>', 'as many of these inputs, evenly spaced', integer(2), 1000)
    .option('--max-drop <points>', 'what int8 may cost of the float network, in percentage points', points, 0.5)
    .option(
      '--retrain <epochs>',
      'retrain with rounded values (default: 30 where the cures before lose too much)',
      integer(1, 100_000),
    )
    .option('--seed <n>', 'fixes the order of the samples in that', integer(0, 2 ** 32 - 1), 1)
    .option('--apply', 'write the model with a record of the best cure, for kiln compile (needs -o)')
    .option('-o, --output <dir>', 'folder for that')
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln doctor',
    'kiln doctor out/digits/model',
    'kiln doctor my-model/model.json --calibrate samples.npy',
    'kiln doctor my-model --calibrate samples.npy --inputs test.npy --labels labels.npy --apply -o out/healed',
  ]).action(runDoctor);
}

async function runDoctor(path: string | undefined, flags: CommonOptions & ExamineFlags): Promise<void> {
  const terminal = terminalOf(flags);
  if (flags.apply === true && flags.output === undefined)
    throw new UsageError('E-DOCTOR-OUTPUT', '--apply', 'expected a folder to write to', 'Name one with -o');
  if (path !== undefined) return examineModel(terminal, path, flags);
  if (flags.apply === true)
    throw new UsageError('E-DOCTOR-MODEL', '--apply', 'expected a model, found none', 'Name one before the flags');
  return checkMachine(terminal);
}

function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** For commander: percentage points. */
function points(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError(`expected percentage points from 0 to 100, found '${text}'.`);
}
