import type { Precision } from '@kiln/codegen';
import { buildWasm } from '@kiln/runtime-c';
import type { Command } from 'commander';
import { basename, dirname, join, resolve } from 'node:path';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { checkOutputFiles, writeOutputFiles } from '../output-files.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { grouped } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface DemoFlags extends CommonOptions {
  readonly output?: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly open: boolean;
  readonly force?: boolean;
}

export function addDemoCommand(program: Command): void {
  const command = program
    .command('demo <model>')
    .description(
      'write a page that runs the generated C in a browser: draw, or set inputs, and see every layer; open it',
    )
    .option('-o, --output <file.html>', 'the page (default: out/demo/NAME.html)')
    .addOption(precisionOption())
    .addOption(calibrateOption())
    .option('--no-open', 'do not open it in a browser')
    .option('--force', 'overwrite a file that Kiln did not write');
  common(command, ['kiln demo out/digits/model', 'kiln demo model.tflite -o out/model.html --no-open']).action(runDemo);
}

async function runDemo(path: string, flags: DemoFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const model = loadModel(terminal, path, flags.calibrate);
  const file = flags.output ?? join('out', 'demo', `${model.graph.name.replace(/[^\w-]+/g, '_') || 'model'}.html`);
  const force = flags.force ?? false;
  checkOutputFiles(dirname(file), [basename(file)], force);
  const precision = choosePrecision(terminal, model, flags.quantize);
  const compilation = await compileModel(terminal, model, { name: model.graph.name, precision });
  const wasm = await runStage(
    terminal,
    'Compile to WebAssembly',
    () => interruptible((signal) => buildWasm(compilation.project, { signal })),
    (bytes) => `${grouped(bytes.length)} B`,
  );
  // Only this command needs the bundler: it is loaded here.
  const [{ bundlePage }, { describePage }, { renderPage }] = await Promise.all([
    import('../demo/bundle-page.js'),
    import('../demo/describe-page.js'),
    import('../demo/render-page.js'),
  ]);
  const page = renderPage(describePage(model, compilation, precision, wasm), await bundlePage());
  writeOutputFiles(dirname(file), [{ path: basename(file), contents: page }], force);
  const opened = flags.open && canShow() && (await openFile(file));
  const text = `page    ${file}${opened ? '' : '\nnext    open it in a browser'}`;
  answer(terminal, text, { page: file, bytes: Buffer.byteLength(page), precision, opened });
}

/** Whether there is somebody before a screen: not in continuous integration, and on Linux only with a display. */
function canShow(): boolean {
  const { CI, DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
  if (CI !== undefined && CI !== '' && CI !== 'false') return false;
  return (
    process.platform !== 'linux' || [DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME].some((name) => (name ?? '') !== '')
  );
}

/** Opens a file with what the system shows pages with; false if it cannot: the path is printed in any case. */
async function openFile(file: string): Promise<boolean> {
  const { default: open } = await import('open');
  try {
    const child = await open(resolve(file));
    child.on('error', () => undefined);
    return true;
  } catch {
    return false;
  }
}
