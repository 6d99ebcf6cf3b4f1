import http from 'node:http';
import https from 'node:https';
import { Interrupted, SetupError, messageOf } from './setup-error.mjs';

const STALL_MS = 30_000;
const MAX_REDIRECTS = 5;

/**
 * @typedef {object} Response
 * @property {number} status
 * @property {string} contentType
 * @property {URL} url the last one, after redirects
 * @property {http.IncomingMessage} message the body, unread; fails if nothing comes for 30 s
 */

/**
 * Sends a GET request, following redirects. A name and password in the address are sent as such, and only to its host.
 *
 * @param {URL} url
 * @param {{ headers?: Record<string, string>, signal: AbortSignal, method?: 'GET' | 'HEAD', stallMs?: number }} options
 * @returns {Promise<Response>} rejects with a `SetupError` if the host cannot be reached
 */
export async function request(url, options) {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const message = await once(at, options);
    const status = message.statusCode ?? 0;
    if (status < 300 || status >= 400 || message.headers.location === undefined) {
      return { status, contentType: message.headers['content-type'] ?? '', url: at, message };
    }
    message.resume();
    at = new URL(message.headers.location, at);
  }
  throw new SetupError('E-DOWNLOAD', url.host, `sent us on more than ${MAX_REDIRECTS} times`, 'Try again later');
}

/**
 * @param {URL} url
 * @param {{ headers?: Record<string, string>, signal: AbortSignal, method?: 'GET' | 'HEAD', stallMs?: number }} options
 * @returns {Promise<http.IncomingMessage>}
 */
function once(url, { headers = {}, signal, method = 'GET', stallMs = STALL_MS }) {
  return new Promise((resolve, reject) => {
    const plain = new URL(url);
    const login =
      plain.username === ''
        ? {}
        : { auth: `${decodeURIComponent(plain.username)}:${decodeURIComponent(plain.password)}` };
    plain.username = plain.password = '';
    const client = plain.protocol === 'http:' ? http : https;
    const sent = client.request(plain, {
      method,
      signal,
      headers: { 'user-agent': 'kiln-setup', ...headers },
      ...login,
    });
    sent.setTimeout(stallMs, () => sent.destroy(new Error(`no answer for ${stallMs / 1000} s`)));
    sent.on('error', (error) => {
      const remedy = 'Check the network, then: node scripts/setup.mjs --retry';
      reject(
        signal.aborted
          ? new Interrupted()
          : new SetupError('E-DOWNLOAD', plain.host, messageOf(error) || 'cannot be reached', remedy),
      );
    });
    sent.on('response', resolve);
    sent.end();
  });
}
