import type { PageData } from '../src/demo/page-data.js';

/** What the module exports: the generated C and the harness around it. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize?(): void;
  kiln_inputs(): number;
  kiln_traces(): number;
  kiln_start(): void;
  kiln_run(count: number): number;
}

/** The generated C, running in the page. */
export class Network {
  private constructor(
    private readonly data: PageData,
    private readonly exports: Exports,
  ) {}

  static async load(data: PageData): Promise<Network> {
    const { instance } = await WebAssembly.instantiate(decodeBase64(data.wasm), {});
    const exports = instance.exports as unknown as Exports;
    exports._initialize?.();
    exports.kiln_start();
    return new Network(data, exports);
  }

  /** Runs one inference; answers with the bytes that every layer wrote, `traceBytes` of them. */
  run(input: Uint8Array): Uint8Array<ArrayBuffer> {
    const { memory } = this.exports;
    new Uint8Array(memory.buffer, this.exports.kiln_inputs(), input.length).set(input);
    const status = this.exports.kiln_run(1);
    if (status !== 0) throw new Error(`the generated C stopped with status ${status}`);
    return new Uint8Array(memory.buffer, this.exports.kiln_traces(), this.data.traceBytes).slice();
  }

  /** Forgets what earlier runs left. */
  restart(): void {
    this.exports.kiln_start();
  }
}

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
