import { createHash } from 'node:crypto';

/** The two files of the UCI set and their checksums. Source: two independent copies of UCI set 80, which agree. */
export const OPTDIGITS_FILES = {
  train: { name: 'optdigits.tra', sha256: 'e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd' },
  test: { name: 'optdigits.tes', sha256: '6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8' },
} as const;

/** A file beside the two that lists the checksums of somebody's own variant, as `sha256sum` prints them. */
export const CHECKSUM_FILE = 'optdigits.sha256';

export function sha256Of(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
