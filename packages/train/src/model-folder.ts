import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '@kiln/ir';

/** The files of a trained model: labels where the answer is a class, targets where it is not. */
export const MODEL_FILES = {
  network: 'model.json',
  weights: 'weights.bin',
  training: 'training.json',
  calibration: 'calibration.npy',
  evaluationInputs: 'evaluation-inputs.npy',
  evaluationLabels: 'evaluation-labels.npy',
  evaluationTargets: 'evaluation-targets.npy',
} as const;

/** Folders inside a model's: networks that are parts of it, each with files of those names. */
export const MODEL_PARTS = ['encoder', 'decoder'] as const;

/**
 * Checks, before any work is done, that a model can be written to `folder`: that it is not there, is empty or holds a
 * model of ours and nothing else, and that files can be made beside it. Leaves everything as it is.
 *
 * Errors: EnvironmentError E-OUTPUT-NOT-OURS, E-OUTPUT-NOT-WRITABLE.
 */
export function checkModelFolder(folder: string): void {
  refuseForeignFiles(folder);
  reportingTrouble(folder, () => {
    mkdirSync(path.dirname(path.resolve(folder)), { recursive: true });
    rmSync(stagingFolder(folder), { recursive: true });
  });
}

/**
 * Writes a model folder whole or not at all: into a new folder beside it, which then takes its name. A model of ours of
 * that name is replaced at that moment and not before.
 *
 * Errors: EnvironmentError E-OUTPUT-NOT-OURS, E-OUTPUT-NOT-WRITABLE (which a full disk is too).
 */
export function writeModelFolder(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  refuseForeignFiles(folder);
  reportingTrouble(folder, () => {
    mkdirSync(path.dirname(path.resolve(folder)), { recursive: true });
    const staging = stagingFolder(folder);
    try {
      for (const [name, content] of files) {
        mkdirSync(path.dirname(path.join(staging, name)), { recursive: true });
        writeFileSync(path.join(staging, name), content);
      }
      moveIntoPlace(staging, folder);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

function moveIntoPlace(staging: string, folder: string): void {
  if (!existsSync(folder)) {
    renameSync(staging, folder);
    return;
  }
  const replaced = path.join(stagingFolder(folder), 'replaced');
  renameSync(folder, replaced);
  try {
    renameSync(staging, folder);
  } catch (error) {
    renameSync(replaced, folder);
    throw error;
  } finally {
    rmSync(path.dirname(replaced), { recursive: true, force: true });
  }
}

/** A new, empty folder beside `folder`, on the same file system, so that a rename is all it takes to move it there. */
function stagingFolder(folder: string): string {
  const target = path.resolve(folder);
  const staging = path.join(path.dirname(target), `.${path.basename(target)}-unfinished-${randomUUID()}`);
  mkdirSync(staging);
  return staging;
}

function refuseForeignFiles(folder: string): void {
  if (!existsSync(folder)) return;
  const found = statSync(folder).isDirectory() ? foreignFiles(folder) : [path.basename(folder)];
  if (found.length === 0) return;
  const listed = found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '');
  throw new EnvironmentError(
    'E-OUTPUT-NOT-OURS',
    folder,
    `holds files that are not part of a model of Kiln (${listed}), expected no folder, an empty one or such a model`,
    'Nothing was changed. Name another folder with -o',
  );
}

/** The names in a folder that no model of ours has; all of them, if its model.json is not ours. */
function foreignFiles(folder: string): string[] {
  const names = readdirSync(folder).sort();
  if (!isOurNetwork(path.join(folder, MODEL_FILES.network))) return names;
  const known: string[] = Object.values(MODEL_FILES);
  return names.filter((name) => !known.includes(name)).flatMap((name) => foreignInPart(folder, name));
}

/** The names of what is not ours in a folder that may be a part of a model, such as an encoder. */
function foreignInPart(folder: string, name: string): string[] {
  const within = path.join(folder, name);
  if (!(MODEL_PARTS as readonly string[]).includes(name) || !statSync(within).isDirectory()) return [name];
  return foreignFiles(within).map((file) => `${name}/${file}`);
}

function isOurNetwork(file: string): boolean {
  try {
    const network = JSON.parse(readFileSync(file, 'utf8')) as { userDefinedMetadata?: { kiln?: unknown } } | null;
    return network?.userDefinedMetadata?.kiln !== undefined;
  } catch {
    return false;
  }
}

/** Turns what the file system refuses into an error that names the folder. */
function reportingTrouble(folder: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw cause;
    throw new EnvironmentError(
      'E-OUTPUT-NOT-WRITABLE',
      folder,
      code === 'ENOSPC' ? 'cannot be written: the disk is full' : `cannot be written: ${message}`,
      'Nothing was left there. Make room or give permission, or name another folder with -o',
      { cause },
    );
  }
}
