import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on 127.0.0.1 that keeps what it was asked: `GET /path` and the Range and Authorization headers. */
export interface LocalServer {
  readonly url: string;
  readonly requests: { readonly path: string; readonly range?: string; readonly authorization?: string }[];
  close(): Promise<void>;
}

/** Starts a server on a free port; `answer` is called for each request. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
  const requests: { path: string; range?: string; authorization?: string }[] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ path: request.url ?? '', ...(range && { range }), ...(authorization && { authorization }) });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers with `bytes`, or with the part of them that a Range header asks for. */
export function sendRange(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  if (from === undefined) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  if (Number(from) >= bytes.length) return void response.writeHead(416).end();
  const rest = bytes.subarray(Number(from));
  response.writeHead(206, { 'content-length': rest.length }).end(rest);
}
