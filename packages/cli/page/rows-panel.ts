import { type NpyArray, writeNpy } from '@kiln/formats';
import type { PageData } from '../src/demo/page-data.js';
import { button, byId, element } from './dom.js';
import { readInputFile } from './input-files.js';
import { decodeBase64, type Network } from './network.js';

/** Inferences between two looks at the user. */
const ROWS_AT_ONCE = 64;

/** Inputs to step through: the samples of the page, or those of files; and their answers as files. */
export class RowsPanel {
  private rows: Uint8Array[] = [];
  private labels: readonly number[] | null = null;
  private readonly chooser = byId('row') as HTMLInputElement;
  private readonly files: (Uint8Array[] | null)[];

  constructor(
    private readonly data: PageData,
    private readonly network: Network,
    private readonly onRow: (row: Uint8Array, label: string | null) => void,
    private readonly announce: (text: string) => void,
  ) {
    this.files = data.inputs.map(() => null);
    const { samples, inputBytes } = data;
    if (samples !== null) {
      const bytes = decodeBase64(samples.bytes);
      const count = bytes.length / inputBytes;
      this.setRows(
        Array.from({ length: count }, (_, i) => bytes.slice(i * inputBytes, (i + 1) * inputBytes)),
        samples.labels,
      );
    } else this.setRows([], null);
    this.chooser.addEventListener('input', () => this.choose());
    byId('row-buttons').append(
      button('Previous', () => this.move(-1)),
      button('Next', () => this.move(1)),
      button('Save all answers', () => void this.saveAnswers()),
    );
    byId('files').append(...data.inputs.map((input, i) => this.fileField(input.name, i)));
  }

  private say(text: string): void {
    byId('message').textContent = text;
    this.announce(text);
  }

  private setRows(rows: Uint8Array[], labels: readonly number[] | null): void {
    this.rows = rows;
    this.labels = labels;
    this.chooser.max = String(rows.length);
    this.chooser.value = rows.length === 0 ? '' : '1';
    byId('row-count').textContent = `of ${rows.length}`;
    byId('rows').hidden = rows.length === 0;
  }

  private move(by: number): void {
    const next = (this.chooser.valueAsNumber || 0) + by;
    this.chooser.value = String(Math.min(this.rows.length, Math.max(1, next)));
    this.choose();
  }

  private choose(): void {
    const index = this.chooser.valueAsNumber - 1;
    const row = this.rows[index];
    if (row === undefined) return;
    const label = this.labels?.[index];
    this.onRow(row, label === undefined ? null : (this.data.outputs[0]?.labels?.[label] ?? String(label)));
  }

  private fileField(name: string, index: number): HTMLElement {
    const field = element('input', { type: 'file', accept: '.npy,.csv,.txt' });
    field.addEventListener('change', () => {
      const file = field.files?.[0];
      if (file !== undefined) void this.take(file, index);
    });
    return element('label', {}, `${name} `, field);
  }

  private async take(file: File, index: number): Promise<void> {
    try {
      this.files[index] = await readInputFile(file, this.data.inputs[index]!);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
      return;
    }
    const columns = this.files.filter((rows) => rows !== null);
    if (columns.length < this.files.length) return this.say('Now a file for each of the other inputs.');
    if (columns.some((rows) => rows.length !== columns[0]!.length))
      return this.say('The files have different numbers of rows.');
    this.setRows(
      columns[0]!.map((_, i) => join(columns.map((rows) => rows[i]!))),
      null,
    );
    this.say(`${this.rows.length} rows read.`);
    this.choose();
  }

  /** Runs every row, from a fresh state, and hands over output_0.npy and so on. */
  private async saveAnswers(): Promise<void> {
    const { outputs } = this.data;
    const parts: Uint8Array[][] = outputs.map(() => []);
    this.network.restart();
    for (const [i, row] of this.rows.entries()) {
      if (i % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve));
      const trace = this.network.run(row);
      outputs.forEach(({ traceOffset, bytes }, k) => parts[k]!.push(trace.subarray(traceOffset, traceOffset + bytes)));
    }
    outputs.forEach((output, k) => {
      const shape = [this.rows.length, ...(output.shape[0] === 1 ? output.shape.slice(1) : output.shape)];
      const data = typedArray(output.dtype, join(parts[k]!).buffer);
      download(`output_${k}.npy`, writeNpy({ dtype: output.dtype, shape, data }));
    });
    this.say(`The answers to ${this.rows.length} rows are saved.`);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function typedArray(dtype: PageData['outputs'][number]['dtype'], buffer: ArrayBuffer): NpyArray['data'] {
  const kinds = {
    float32: Float32Array,
    int8: Int8Array,
    uint8: Uint8Array,
    bool: Uint8Array,
    int16: Int16Array,
    int32: Int32Array,
    int64: BigInt64Array,
  };
  return new kinds[dtype](buffer);
}

function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
