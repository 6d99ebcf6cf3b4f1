import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { request } from './http.mjs';
import { SetupError } from './setup-error.mjs';

const PYPI = 'https://pypi.org/simple';

/**
 * @typedef {object} Wheel
 * @property {string} filename
 * @property {URL} url
 * @property {string} sha256
 */

/**
 * The package index to ask: `PIP_INDEX_URL`, else pip's configuration files, else PyPI.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} [files]
 * @returns {string} without a slash at the end
 */
export function indexUrl(env, files = pipConfigurations(env)) {
  let url = env['PIP_INDEX_URL'];
  for (const file of files) url ||= indexUrlIn(file);
  return (url || PYPI).replace(/\/+$/, '');
}

/** @param {NodeJS.ProcessEnv} env */
function pipConfigurations(env) {
  const home = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const own = env['PIP_CONFIG_FILE'];
  return [...(own ? [own] : []), join(home, 'pip/pip.conf'), join(homedir(), '.pip/pip.conf'), '/etc/pip.conf'];
}

/** @param {string} file */
function indexUrlIn(file) {
  try {
    return /^\s*index-url\s*[=:]\s*(\S+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Finds a Linux wheel of `project` `version` for this processor, of any Python, in the index's answer.
 *
 * Both forms of the simple repository API are read: JSON (PEP 691) and HTML (PEP 503).
 *
 * @param {string} body
 * @param {string} contentType
 * @param {URL} base where the answer came from, for relative links
 * @param {{ project: string, version: string, machine: string }} wanted machine: `x86_64` or `aarch64`
 * @returns {Wheel | undefined}
 */
export function findWheel(body, contentType, base, { project, version, machine }) {
  const files = contentType.includes('json') ? filesOfJson(body) : filesOfHtml(body);
  const prefix = `${project.replaceAll('-', '_')}-${version}-cp`;
  const found = files.find(
    ({ filename, sha256 }) =>
      filename.startsWith(prefix) &&
      new RegExp(`-manylinux[^-]*_${machine}\\.whl$`).test(filename) &&
      sha256 !== undefined,
  );
  if (found?.sha256 === undefined) return undefined;
  return { filename: found.filename, url: new URL(found.href, base), sha256: found.sha256 };
}

/**
 * @param {string} body
 * @returns {{ filename: string, href: string, sha256: string | undefined }[]}
 */
function filesOfJson(body) {
  /** @type {{ files?: { filename: string, url: string, hashes?: Record<string, string> }[] }} */
  const index = JSON.parse(body);
  return (index.files ?? []).map((file) => ({
    filename: file.filename,
    href: file.url,
    sha256: file.hashes?.['sha256'],
  }));
}

/**
 * @param {string} body
 * @returns {{ filename: string, href: string, sha256: string | undefined }[]}
 */
function filesOfHtml(body) {
  return [...body.matchAll(/<a\b[^>]*\bhref="([^"]+)"[^>]*>([^<]+)<\/a>/g)].map((match) => {
    const href = (match[1] ?? '').replaceAll('&amp;', '&');
    return { filename: (match[2] ?? '').trim(), href, sha256: /#sha256=([0-9a-f]{64})/.exec(href)?.[1] };
  });
}

/**
 * Asks the index for the wheel; a `SetupError` if the index does not answer or does not have it.
 *
 * @param {string} index
 * @param {{ project: string, version: string, machine: string }} wanted
 * @param {AbortSignal} signal
 * @returns {Promise<Wheel>}
 */
export async function askIndex(index, wanted, signal) {
  const url = new URL(`${index}/${wanted.project}/`);
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.2';
  const response = await request(url, { headers: { accept }, signal });
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of response.message) chunks.push(chunk);
  if (response.status !== 200) {
    throw new SetupError(
      'E-INDEX',
      url.host,
      `expected the list of ${wanted.project}, found HTTP ${response.status}`,
      ASK_AGAIN,
    );
  }
  const wheel = findWheel(Buffer.concat(chunks).toString('utf8'), response.contentType, response.url, wanted);
  if (wheel === undefined) {
    const message = `has no wheel of ${wanted.project} ${wanted.version} for Linux on ${wanted.machine}`;
    throw new SetupError('E-INDEX-WHEEL', url.host, message, ASK_AGAIN);
  }
  return wheel;
}

const ASK_AGAIN = 'Set PIP_INDEX_URL to an index that has it, then: node scripts/setup.mjs --retry';
