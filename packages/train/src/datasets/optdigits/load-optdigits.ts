import { join } from 'node:path';
import { DataError, KilnErrors } from '@kiln/ir';
import type { Dataset } from '../dataset.js';
import { downloadOptdigits, UCI_ARCHIVE } from './download.js';
import { loadEmbeddedDigits } from './embedded.js';
import { hasOptdigits, readFolder } from './read-folder.js';

export interface LoadOptdigitsOptions {
  /** What `--data` names. */
  readonly folder?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Kiln's own cache. */
  readonly cacheFolder: string;
  /** The project, whose `data/optdigits/` may hold the set. */
  readonly root: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
  /** Where to download from; by default the UCI archive. */
  readonly baseUrl?: string;
  readonly patienceMs?: number;
}

/**
 * Loads the digits: from the folder that `--data` names; else from that of `KILN_DATA`; else from `data/optdigits/`; else
 * from the cache; else by a download into it; else the embedded stand-in, whose notice says so.
 *
 * A folder that somebody named must be right: its problems are errors, all together, and nothing else is tried. So are
 * those of `data/optdigits/` once it holds one of the files.
 */
export async function loadOptdigits(options: LoadOptdigitsOptions): Promise<Dataset> {
  const { folder, env } = options;
  if (folder !== undefined) return readFolder(folder, folder);
  const named = env['KILN_DATA'];
  if (named !== undefined && named !== '') return readFolder(named, `${named} (KILN_DATA)`);
  const local = join(options.root, 'data', 'optdigits');
  if (hasOptdigits(local)) return readFolder(local, 'data/optdigits');
  const cached = join(options.cacheFolder, 'optdigits');
  if (hasOptdigits(cached)) {
    const dataset = readCache(cached);
    if (dataset !== null) return dataset;
  }
  const problem = await downloadOptdigits(cached, { baseUrl: UCI_ARCHIVE, ...options });
  return problem === null
    ? readFolder(cached, 'the UCI archive')
    : loadEmbeddedDigits(`the UCI files could not be downloaded into the cache (${problem})`);
}

/** The cached set, or null if the cache is damaged: then it is downloaded again. */
function readCache(folder: string): Dataset | null {
  try {
    return readFolder(folder, 'the cache');
  } catch (error) {
    if (error instanceof DataError || error instanceof KilnErrors) return null;
    throw error;
  }
}
