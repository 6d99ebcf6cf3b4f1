import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EnvironmentError } from '@kiln/ir';

/** Folders that still exist; removed with this process if it exits by itself. */
const existing = new Set<string>();
process.on('exit', () => existing.forEach((path) => rmSync(path, { recursive: true, force: true })));

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes a fresh folder in the system's folder for temporary files (`TMPDIR`).
 *
 * Errors: `E-TEMP-FOLDER` if that is full or may not be written.
 */
export function createTemporaryFolder(purpose: string): TemporaryFolder {
  const path = makeFolder(purpose);
  existing.add(path);
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      existing.delete(path);
    },
  };
}

function makeFolder(purpose: string): string {
  try {
    return mkdtempSync(join(resolve(tmpdir()), `kiln-${purpose}-`));
  } catch (error) {
    throw temporaryFolderError(error as NodeJS.ErrnoException);
  }
}

/** What to tell a person whose folder for temporary files cannot be written. */
export function temporaryFolderError(error: NodeJS.ErrnoException): EnvironmentError {
  const found = error.code === 'ENOSPC' ? 'a full disk' : `${error.code ?? 'an error'} (${error.message})`;
  const message = `expected a folder for temporary files that can be written, found ${found}`;
  const remedy = 'Free some space there, or set TMPDIR to another folder';
  return new EnvironmentError('E-TEMP-FOLDER', tmpdir(), message, remedy, { cause: error });
}
