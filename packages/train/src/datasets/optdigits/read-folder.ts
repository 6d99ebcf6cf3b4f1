import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, type KilnError, throwAll } from '@kiln/ir';
import type { Dataset, LabelledImages } from '../dataset.js';
import { CHECKSUM_FILE, OPTDIGITS_FILES, sha256Of } from './files.js';
import { parseRows } from './parse-rows.js';

/** Classes of the digits, by index. */
export const DIGITS: readonly string[] = [...'0123456789'];

const NO_IMAGES: LabelledImages = { count: 0, images: new Uint8Array(0), labels: new Uint8Array(0) };

const REMEDY =
  'Get optdigits.tra and optdigits.tes of UCI set 80; for a variant of your own, list its checksums in optdigits.sha256';

/**
 * Reads `optdigits.tra` and `optdigits.tes` from a folder. `source` says where that is, for people.
 *
 * Throws every problem of both files together: a file that is missing, bad rows, a class without rows, a checksum other
 * than the UCI set's or, if there is one, than `optdigits.sha256` says.
 */
export function readFolder(folder: string, source: string): Dataset {
  const errors: KilnError[] = [];
  const own = ownChecksums(folder);
  const read = (file: { readonly name: string; readonly sha256: string }) => {
    const path = join(folder, file.name);
    const bytes = readFile(path, errors);
    if (bytes === null) return { bytes: new Uint8Array(0), images: NO_IMAGES, genuine: false };
    const images = parseRows(new TextDecoder().decode(bytes), path, errors);
    const [expected, found] = [own?.get(file.name) ?? file.sha256, sha256Of(bytes)];
    if (found !== expected) {
      errors.push(new DataError('E-DATA-CHECKSUM', path, `has sha256 ${found}, expected ${expected}`, REMEDY));
    }
    return { bytes, images, genuine: found === file.sha256 };
  };
  const [train, test] = [read(OPTDIGITS_FILES.train), read(OPTDIGITS_FILES.test)];
  throwAll(errors);
  const genuine = train.genuine && test.genuine;
  return {
    name: genuine ? 'UCI optdigits' : 'optdigits, a variant',
    source,
    notice: genuine ? null : `This is not the UCI set: ${CHECKSUM_FILE} in ${folder} vouches for another content.`,
    sha256: sha256Of(train.bytes, test.bytes),
    shape: [8, 8, 1],
    classes: DIGITS,
    train: train.images,
    test: test.images,
  };
}

/** Whether either of the two files is there. */
export function hasOptdigits(folder: string): boolean {
  return Object.values(OPTDIGITS_FILES).some(({ name }) => existsSync(join(folder, name)));
}

function readFile(path: string, errors: KilnError[]): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`;
    errors.push(new DataError('E-DATA-FILE', path, `${what}, expected the two files of the set in one folder`, REMEDY));
    return null;
  }
}

/** Checksums by file name from `optdigits.sha256`; null if there is none. */
function ownChecksums(folder: string): ReadonlyMap<string, string> | null {
  const path = join(folder, CHECKSUM_FILE);
  if (!existsSync(path)) return null;
  const rows = readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  return new Map(
    rows.map((line, index) => {
      const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
      if (match !== null) return [match[2]!, match[1]!] as const;
      const message = `is '${line.slice(0, 40)}', expected a line of sha256sum: 64 hexadecimal digits and a file name`;
      throw new DataError(
        'E-DATA-CHECKSUM-LINE',
        `${path}:${index + 1}`,
        message,
        'Make it with `sha256sum optdigits.*`',
      );
    }),
  );
}
