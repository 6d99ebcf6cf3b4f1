import { GOALS, type Goal, type Limits, type TradeOff } from '@kiln/codegen';
import { ISA_NAMES, type IsaName } from '@kiln/ir';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatTable, grouped } from './ui/table.js';

/** What commands that compile are told of kernels and memory. */
export interface KernelFlags {
  readonly isa?: IsaName;
  readonly keepChannels?: boolean;
  readonly io: 'caller' | 'arena';
  readonly optimize?: Goal;
  readonly flash?: number;
  readonly ram?: number;
  readonly instructions?: number;
}

/** Adds the flags to a command; `isa` is what the help calls the instruction set that is taken without a word. */
export function withKernelFlags(command: Command, isa: string): Command {
  const kernels = `instruction set whose kernels may be used; their C has plain C beside it (default: ${isa})`;
  return command
    .addOption(new Option('--isa <isa>', kernels).choices(ISA_NAMES))
    .option('--keep-channels', 'leave channels that change nothing where they are (default: they go)')
    .addOption(
      new Option('--io <where>', 'inputs and outputs in buffers of the caller, or, if the caller likes, in the arena')
        .choices(['caller', 'arena'])
        .default('caller'),
    )
    .addOption(
      new Option(
        '--optimize <goal>',
        'what kernels are chosen for (default: balanced, or what the budgets below ask for)',
      ).choices(GOALS),
    )
    .option('--flash <bytes>', 'budget: weights and tables; code comes on top. 96K is 96 x 1,024', byteBudget)
    .option('--ram <bytes>', 'budget: arena, inputs and outputs; the stack comes on top', byteBudget)
    .option('--instructions <n>', 'budget: of one inference, as estimated. 2.5M is 2,500,000', countBudget);
}

/** The flags as the compiler takes them. */
export function kernelWishes({ isa, keepChannels, io, optimize, flash, ram, instructions }: KernelFlags) {
  const limits: Limits = { flash, ram, instructions };
  return { isa, keepChannels, io, goal: optimize, limits };
}

/** For commander: `24000`, `24K` or `1.5M` of 1,024 each. */
function byteBudget(text: string): number {
  return amount(text, 1024);
}

function countBudget(text: string): number {
  return amount(text, 1000);
}

function amount(text: string, thousand: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KM]?)$/i.exec(text) ?? [];
  const power = { '': 0, K: 1, M: 2 }[(unit ?? '').toUpperCase()]!;
  const value = Math.floor(Number(digits) * thousand ** power);
  if (digits !== undefined && value > 0) return value;
  throw new InvalidArgumentError(`expected a number such as 24000, 24K or 1.5M, found '${text}'.`);
}

/** The choices of kernels that were weighed, and which of them was taken; no lines where none were. */
export function frontLines(front: readonly TradeOff[], taken: TradeOff | null): string[] {
  if (front.length === 0) return [];
  const rows = front.map((each) => [
    grouped(each.instructions),
    grouped(each.flash),
    grouped(each.ram),
    isSame(each, taken) ? 'taken' : '',
  ]);
  return [formatTable(['instructions, estimated', 'weights and tables, B', 'RAM without stack, B', ''], rows), ''];
}

function isSame(a: TradeOff, b: TradeOff | null): boolean {
  return b !== null && a.instructions === b.instructions && a.flash === b.flash && a.ram === b.ram;
}
