import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPTDIGITS_FILES, sha256Of } from './files.js';

/** Where the UCI archive keeps the two files. */
export const UCI_ARCHIVE = 'https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/';

/** How long the archive may take to answer, and then between two pieces. */
const PATIENCE_MS = 6000;
/** How many times its patience the archive has for one whole file: one that drips would never end otherwise. */
const MOST_PATIENCES = 20;
/** No file of the set is near this: a longer answer is something else. */
const MOST_BYTES = 4_000_000;

export interface DownloadOptions {
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes so far and in all, as far as the server says. */
  readonly onProgress?: ((done: number, total: number, note: string) => void) | undefined;
  readonly patienceMs?: number;
}

/**
 * Downloads both files into `folder`, checks their sha256, and only then gives them their names.
 *
 * Returns null if that went well, otherwise why not, in half a sentence. The network is never the user's fault, so nothing
 * is thrown but the signal's reason. Nothing half-written is left.
 */
export async function downloadOptdigits(folder: string, options: DownloadOptions): Promise<string | null> {
  const staged: { readonly from: string; readonly to: string }[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    for (const { name, sha256 } of Object.values(OPTDIGITS_FILES)) {
      const bytes = await fetchFile(new URL(name, options.baseUrl), name, options);
      const found = sha256Of(bytes);
      if (found !== sha256) return `${name} came with sha256 ${found}, expected ${sha256}`;
      const from = join(folder, `.${name}.${process.pid}.tmp`);
      staged.push({ from, to: join(folder, name) });
      writeFileSync(from, bytes);
    }
    staged.forEach(({ from, to }) => renameSync(from, to));
    return null;
  } catch (error) {
    options.signal?.throwIfAborted();
    return reasonOf(error);
  } finally {
    staged.forEach(({ from }) => rmSync(from, { force: true }));
  }
}

async function fetchFile(url: URL, name: string, options: DownloadOptions): Promise<Uint8Array> {
  const patience = new AbortController();
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  let timer = setTimeout(() => patience.abort(), patienceMs);
  const ends = performance.now() + MOST_PATIENCES * patienceMs;
  const signal = options.signal === undefined ? patience.signal : AbortSignal.any([patience.signal, options.signal]);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status} for ${name}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    const pieces: Uint8Array[] = [];
    let done = 0;
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(), patienceMs);
      pieces.push(piece);
      done += piece.length;
      if (performance.now() > ends)
        throw new Error(`${name} took longer than ${(MOST_PATIENCES * patienceMs) / 1000} s`);
      if (done > MOST_BYTES) throw new Error(`${name} is longer than ${MOST_BYTES} bytes`);
      options.onProgress?.(done, Math.max(total, done), name);
    }
    return new Uint8Array(Buffer.concat(pieces));
  } catch (error) {
    if (patience.signal.aborted) throw new Error(`no answer within ${patienceMs / 1000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The innermost cause: "fetch failed" says nothing. */
function reasonOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  if (cause instanceof Error && message === 'fetch failed') return reasonOf(cause);
  return code ?? message;
}
