import type { PageData } from '../src/demo/page-data.js';
import { createAnswerPanel } from './answer-panel.js';
import { button, byId, element } from './dom.js';
import { createDrawingEditor } from './drawing-editor.js';
import { Network } from './network.js';
import { RowsPanel } from './rows-panel.js';
import { createStepsPanel } from './steps-panel.js';
import { createValueEditor } from './value-editor.js';

/** Milliseconds without a change after which the answer is said aloud and the steps are replayed. */
const SETTLED_MS = 500;

async function start(data: PageData): Promise<void> {
  const network = await Network.load(data);
  const say = (text: string): void => {
    byId('status').textContent = text;
  };
  const showAnswer = createAnswerPanel(byId('answers'), data.outputs);
  const steps = createStepsPanel(data);
  let settled: number | undefined;
  let trace: Uint8Array | null = null;
  const run = (note: string | null): void => {
    const input = new Uint8Array(data.inputBytes);
    let offset = 0;
    for (const editor of editors) {
      input.set(editor.read(), offset);
      offset += editor.read().length;
    }
    trace = network.run(input);
    const words = editors.map((editor) => editor.missing()).find((text) => text !== null) ?? showAnswer(trace);
    byId('answer').textContent = note === null ? words : `${words} (${note})`;
    steps.show(trace);
    clearTimeout(settled);
    settled = setTimeout(() => {
      say(byId('answer').textContent);
      steps.replay();
    }, SETTLED_MS);
  };
  const changed = (): void => {
    if (!data.remembers) run(null);
  };
  const editors = data.inputs.map((input) =>
    input.ink === null ? createValueEditor(input, changed) : createDrawingEditor(input, input.ink, say, changed),
  );
  editors.forEach((editor, i) => {
    const name = element('h3', {}, data.inputs[i]!.name);
    byId('inputs').append(...(editors.length > 1 ? [name] : []), editor.element);
  });
  byId('pad-help').hidden = data.inputs.every(({ ink }) => ink === null);
  if (data.remembers) {
    byId('inputs').append(
      element(
        'div',
        { class: 'buttons' },
        button('Run a step', () => run(null)),
        button('Start anew', () => network.restart()),
      ),
    );
  }
  new RowsPanel(
    data,
    network,
    (row, label) => {
      let offset = 0;
      editors.forEach((editor, i) => {
        const { bytes } = data.inputs[i]!;
        editor.show(row.subarray(offset, offset + bytes));
        offset += bytes;
      });
      run(label === null ? null : `labelled ${label}`);
    },
    say,
  );
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (trace !== null) steps.show(trace);
  });
  changed();
}

function fail(error: unknown): void {
  byId('failure').textContent = `This page could not start: ${error instanceof Error ? error.message : String(error)}`;
  byId('failure').hidden = false;
}

start(JSON.parse(byId('data').textContent) as PageData).catch(fail);
