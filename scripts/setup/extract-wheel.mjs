import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Extracts chosen files of a wheel (a zip file). Needs the npm package `yauzl`, so the npm packages must be there.
 *
 * @param {string} path
 * @param {(name: string) => string | undefined} destinationOf where to put the file of this name; undefined: nowhere
 * @param {{ signal: AbortSignal, reporter: import('./progress.mjs').Reporter, label: string }} options
 * @returns {Promise<number>} how many files were written; rejects if the file is no whole zip file
 */
export async function extractWheel(path, destinationOf, { signal, reporter, label }) {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { autoClose: false });
  let written = 0;
  let done = 0;
  try {
    /** @type {{ entry: import('yauzl').Entry, destination: string }[]} */
    const wanted = [];
    for await (const entry of zip.eachEntry()) {
      const destination = destinationOf(entry.fileName);
      if (destination !== undefined) wanted.push({ entry, destination });
    }
    const meter = reporter.bar(
      label,
      wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0),
    );
    for (const { entry, destination } of wanted) {
      mkdirSync(dirname(destination), { recursive: true });
      const stream = await zip.openReadStreamPromise(entry);
      stream.on('data', (/** @type {Buffer} */ chunk) => meter.update((done += chunk.length)));
      await pipeline(stream, createWriteStream(destination, { mode: 0o644 }), { signal });
      written += 1;
    }
    meter.end();
  } finally {
    zip.close();
  }
  return written;
}

/** The C headers that TensorFlow's addon for Node.js includes, by the folders they are in. */
const HEADER_FOLDERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/**
 * Where a file of TensorFlow's wheel belongs below `folder`: the two libraries in `lib/`, the C headers in `include/`.
 *
 * @param {string} name
 * @param {string} folder
 * @returns {string | undefined}
 */
export function tensorflowDestination(name, folder) {
  if (name.split('/').includes('..')) return undefined;
  const library = LIBRARIES.find((file) => name === `tensorflow/${file}`);
  if (library !== undefined) return join(folder, 'lib', library);
  const header = name.startsWith('tensorflow/include/') ? name.slice('tensorflow/include/'.length) : '';
  const isWanted = header.endsWith('.h') && HEADER_FOLDERS.some((start) => header.startsWith(start));
  return isWanted ? join(folder, 'include', header) : undefined;
}
