import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { request } from './http.mjs';
import { Interrupted, SetupError, messageOf } from './setup-error.mjs';

const ATTEMPTS = 3;

/**
 * Downloads a file whole, or leaves only `<path>.part`, from which the next try goes on.
 *
 * The file gets its name after its sha256 has been found right; a wrong one is deleted. A connection that breaks is
 * taken up again, at the byte where it broke if the server can do that (HTTP Range).
 *
 * @param {{ url: URL, sha256: string }} source
 * @param {string} path
 * @param {{ signal: AbortSignal, reporter: import('./progress.mjs').Reporter, label: string }} options
 */
export async function download(source, path, options) {
  if (existsSync(path) && (await sha256Of(path)) === source.sha256) return;
  const part = `${path}.part`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchRest(source.url, part, options);
      break;
    } catch (error) {
      if (options.signal.aborted) throw new Interrupted();
      if (attempt === ATTEMPTS || error instanceof SetupError) throw asSetupError(error, source.url);
    }
  }
  const found = await sha256Of(part);
  if (found !== source.sha256) {
    rmSync(part);
    const message = `expected sha256 ${source.sha256}, found ${found}`;
    throw new SetupError('E-CHECKSUM', source.url.host, message, 'Try again: node scripts/setup.mjs --retry');
  }
  renameSync(part, path);
}

/**
 * Appends to `part` what it lacks.
 *
 * @param {URL} url
 * @param {string} part
 * @param {{ signal: AbortSignal, reporter: import('./progress.mjs').Reporter, label: string }} options
 */
async function fetchRest(url, part, { signal, reporter, label }) {
  let have = sizeOf(part);
  const response = await request(url, { signal, headers: have > 0 ? { range: `bytes=${have}-` } : {} });
  if (response.status === 416) {
    // The server has no more than we have: whole already, or not the same file. The checksum decides.
    response.message.resume();
    return;
  }
  if (have > 0 && response.status === 200) have = 0;
  if (response.status !== 200 && response.status !== 206) {
    response.message.resume();
    throw new SetupError('E-DOWNLOAD', url.host, `expected the file, found HTTP ${response.status}`, 'Try again later');
  }
  const total = have + Number(response.message.headers['content-length'] ?? 0);
  const meter = reporter.bar(label, total);
  let done = have;
  response.message.on('data', (/** @type {Buffer} */ chunk) => meter.update((done += chunk.length)));
  try {
    await pipeline(response.message, createWriteStream(part, { flags: have > 0 ? 'a' : 'w' }), { signal });
  } finally {
    meter.end();
  }
}

/** @param {string} path */
function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
export async function sha256Of(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * @param {unknown} error
 * @param {URL} url
 */
function asSetupError(error, url) {
  if (error instanceof SetupError) return error;
  const { code } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOSPC')
    return new SetupError('E-DISK-FULL', url.host, messageOf(error), 'Make room on the disk of KILN_CACHE');
  return new SetupError(
    'E-DOWNLOAD',
    url.host,
    messageOf(error),
    'Check the network, then: node scripts/setup.mjs --retry',
  );
}
