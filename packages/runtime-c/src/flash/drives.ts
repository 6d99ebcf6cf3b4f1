import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, InterruptedError } from '@kiln/ir';

/** Where systems mount drives: folders that hold them, and `*` for a folder of each user. */
const MOUNT_ROOTS = ['/media/*', '/run/media/*', '/media', '/mnt', '/Volumes'] as const;
const PART_BYTES = 1 << 16;
/** What writing says of a drive that is gone: a board starts anew once it has the last block. */
const GONE = /^(EIO|ENODEV|ENXIO|ENOENT|EBADF)$/;

/**
 * The drives of this name that are mounted; a second one gets a number behind its name (`MICROBIT1`, `MICROBIT 1`).
 */
export async function findDrives(volume: string, roots: readonly string[] = MOUNT_ROOTS): Promise<string[]> {
  const folders = (await Promise.all(roots.map(expand))).flat();
  const name = new RegExp(`^${volume.replace(/[^\w ]/g, '\\$&')}( ?\\d+)?$`);
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await entriesOf(folder)).filter((entry) => name.test(entry)).map((entry) => join(folder, entry)),
    ),
  );
  const mounted = await Promise.all(found.flat().map(async (path) => ((await isMounted(path)) ? [path] : [])));
  return [...new Set(mounted.flat())].sort();
}

async function expand(root: string): Promise<string[]> {
  if (!root.endsWith('/*')) return [root];
  const parent = root.slice(0, -'/*'.length);
  return (await entriesOf(parent)).map((entry) => join(parent, entry));
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Whether another file system begins here: a folder that was left behind takes an image and does nothing. */
async function isMounted(path: string): Promise<boolean> {
  try {
    const [own, parent] = await Promise.all([stat(path), stat(dirname(path))]);
    return own.isDirectory() && own.dev !== parent.dev;
  } catch {
    return false;
  }
}

/**
 * Copies an image onto a board's drive and waits until it is there. What was copied in part is deleted, on abort too.
 *
 * Errors: `E-FLASH-COPY`, `E-INTERRUPTED`.
 */
export async function copyToDrive(
  folder: string,
  name: string,
  bytes: Uint8Array,
  {
    onProgress,
    signal,
  }: { readonly onProgress?: (done: number) => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const path = join(folder, name);
  // Never over a file that is there: a drive of a board has none of this name, a folder named by mistake might.
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => Promise.reject(copyError(path, error)));
  let written = 0;
  try {
    while (written < bytes.length) {
      if (signal?.aborted === true) throw new InterruptedError(path, 'Run the command again');
      const { bytesWritten } = await file.write(bytes, written, Math.min(PART_BYTES, bytes.length - written));
      written += bytesWritten;
      onProgress?.(written);
    }
    await file.sync();
    await file.close();
    return path;
  } catch (error) {
    await file.close().catch(() => undefined);
    const { code = '' } = error as NodeJS.ErrnoException;
    if (written === bytes.length && GONE.test(code) && !(await isThere(path))) return path;
    await rm(path, { force: true }).catch(() => undefined);
    throw error instanceof InterruptedError ? error : copyError(path, error as NodeJS.ErrnoException);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function copyError(path: string, error: NodeJS.ErrnoException): EnvironmentError {
  const [found, remedy] =
    error.code === 'EEXIST'
      ? ['a file of that name', 'Delete it, or name the right drive with --drive']
      : [
          `${error.code ?? 'an error'} (${error.message})`,
          'Check the drive: plug the board in anew, then run the command again',
        ];
  return new EnvironmentError('E-FLASH-COPY', path, `expected a drive that takes the image, found ${found}`, remedy, {
    cause: error,
  });
}
