import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyToDrive, findDrives } from './drives.js';

let drive = '';
beforeEach(() => {
  drive = mkdtempSync(join(tmpdir(), 'kiln-test-drive-'));
});
afterEach(() => rmSync(drive, { recursive: true, force: true }));

const IMAGE = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) & 0xff);
/** Where a file system is mounted on every Linux; the test below is skipped elsewhere. */
const SHARED_MEMORY = '/dev/shm';

function isMount(path: string): boolean {
  const [own, parent] = [path, join(path, '..')].map((each) => statSync(each, { throwIfNoEntry: false })?.dev);
  return own !== undefined && own !== parent;
}

test('an image is copied whole', async () => {
  const done: number[] = [];
  const path = await copyToDrive(drive, 'firmware.uf2', IMAGE, { onProgress: (bytes) => done.push(bytes) });
  expect(Buffer.compare(readFileSync(path), IMAGE)).toBe(0);
  expect(done.at(-1)).toBe(IMAGE.length);
  expect(done.length).toBeGreaterThan(2);
});

test('an interruption in the middle leaves nothing half copied', async () => {
  const abort = new AbortController();
  const copy = copyToDrive(drive, 'firmware.uf2', IMAGE, { onProgress: () => abort.abort(), signal: abort.signal });
  await expect(copy).rejects.toMatchObject({ code: 'E-INTERRUPTED' });
  expect(readdirSync(drive)).toEqual([]);
});

test('a file of that name is left alone', async () => {
  writeFileSync(join(drive, 'firmware.uf2'), 'mine');
  const failure = { code: 'E-FLASH-COPY', message: expect.stringContaining('a file of that name') };
  await expect(copyToDrive(drive, 'firmware.uf2', IMAGE)).rejects.toMatchObject(failure);
  expect(readFileSync(join(drive, 'firmware.uf2'), 'utf8')).toBe('mine');
});

test('a drive that is not there is an error', async () => {
  const failure = { code: 'E-FLASH-COPY', message: expect.stringContaining('ENOENT') };
  await expect(copyToDrive(join(drive, 'gone'), 'firmware.uf2', IMAGE)).rejects.toMatchObject(failure);
});

test.skipIf(!isMount(SHARED_MEMORY))(
  'a drive is found by its name where it is mounted (skipped without /dev/shm)',
  async () => {
    expect(await findDrives('shm', ['/dev'])).toEqual([SHARED_MEMORY]);
    expect(await findDrives('SHM', ['/dev', '/no-such-folder/*'])).toEqual([]);
  },
);

test('a folder that was left behind is no drive', async () => {
  mkdirSync(join(drive, 'media', 'MICROBIT'), { recursive: true });
  expect(await findDrives('MICROBIT', [join(drive, 'media'), join(drive, '*')])).toEqual([]);
});
