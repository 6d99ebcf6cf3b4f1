/** A module's linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** The part of Node's WebAssembly that is used here; TypeScript has its types only in the browser's library. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: Record<string, never>): Promise<{ readonly exports: unknown }>;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
