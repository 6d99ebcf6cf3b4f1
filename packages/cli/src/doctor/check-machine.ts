import { type KilnError, MissingToolError, throwAll } from '@kiln/ir';
import { findToolchain, installLine, type ToolName } from '@kiln/runtime-c';
import { addonProblem, findTensorFlowAddon } from '@kiln/train';
import { formatTable } from '../ui/table.js';
import { answer, type Terminal } from '../ui/terminal.js';

/** What each tool is for. One of those that share a `need` must be there. */
const PURPOSES: Readonly<Record<ToolName, { readonly what: string; readonly need: 'host' | 'wasm' | null }>> = {
  gcc: { what: 'the C on this machine', need: 'host' },
  clang: { what: 'the C on this machine; sizes for Cortex-M', need: 'host' },
  cc: { what: 'the C on this machine', need: 'host' },
  'g++': { what: 'the C compiled as C++', need: null },
  'clang++': { what: 'the C compiled as C++', need: null },
  emcc: { what: 'the C as WebAssembly', need: 'wasm' },
  'arm-none-eabi-gcc': { what: 'the C for boards with a Cortex-M', need: null },
  'riscv64-unknown-elf-gcc': { what: 'the C for boards with a RISC-V core', need: null },
  'avr-gcc': { what: 'the C for boards with an AVR', need: null },
  'qemu-system-arm': { what: 'boards with a Cortex-M, emulated', need: null },
  'qemu-system-riscv32': { what: 'boards with a RISC-V core, emulated', need: null },
  openocd: { what: 'flashing boards through a debugger', need: null },
  'st-flash': { what: 'flashing boards with an ST-LINK', need: null },
  'dfu-util': { what: 'flashing boards through the boot loader of STM32', need: null },
  avrdude: { what: 'flashing boards with an AVR', need: null },
  'gdb-multiarch': { what: 'flashing boards through a gdb server', need: null },
  pyocd: { what: 'flashing boards with CMSIS-DAP', need: null },
};

/** Says which tools are there, what each is for, and how to install the others. Errors: E-DOCTOR-TOOL. */
export async function checkMachine(terminal: Terminal): Promise<void> {
  const toolchain = await findToolchain();
  const names = Object.keys(PURPOSES) as ToolName[];
  const tools = await Promise.all(
    names.map(async (name) => {
      const tool = toolchain[name];
      const install = tool === null ? await installLine(name) : null;
      return { name, version: tool?.version ?? null, for: PURPOSES[name].what, install };
    }),
  );
  const problem = addonProblem(findTensorFlowAddon());
  const rows = [
    ...tools.map((tool) => [tool.name, tool.version ?? 'missing', tool.for, tool.install ?? '']),
    [
      'TensorFlow for Node',
      problem === null ? 'found' : 'missing',
      'training at full speed',
      problem === null ? '' : 'npm run setup',
    ],
  ];
  const text = formatTable(['tool', 'version', 'for', 'install with'], rows);
  answer(terminal, text, { tools, tensorflowForNode: { found: problem === null, problem } });

  const errors: KilnError[] = [];
  for (const need of ['host', 'wasm'] as const) {
    const able = names.filter((name) => PURPOSES[name].need === need);
    if (able.some((name) => toolchain[name] !== null)) continue;
    const [first] = able as [ToolName];
    const message = `is missing, and so is every other tool for ${PURPOSES[first].what}`;
    errors.push(new MissingToolError('E-DOCTOR-TOOL', able.join(', '), message, await installLine(first)));
  }
  throwAll(errors);
}
