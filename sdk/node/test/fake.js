// A server of ours that answers as the test says. Loopback only.
import { createServer as createHttp } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { Ringproof } from 'ringproof';

export const PASSWORD = 'correct-horse-battery';

/**
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {import('node:http').ServerResponse} Response
 * @typedef {(request: Request, response: Response, body: string) => void} Answer
 * @typedef {{ method: string, url: string, headers: import('node:http').IncomingHttpHeaders, body: string }} Seen
 * @typedef {{ url: string, seen: Seen[], close: () => void }} Fake
 */

/**
 * Listens at a port of loopback, and is closed when the test ends.
 *
 * @param {import('node:test').TestContext} test
 * @param {Answer} answer
 * @returns {Promise<Fake>}
 */
export async function fake(test, answer) {
  /** @type {Seen[]} */
  const seen = [];
  const server = createHttp(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body });
    answer(request, response, body);
  });
  return { ...(await listening(test, server, () => server.closeAllConnections())), seen };
}

/**
 * The same for bytes: each connection is handed over once a whole head of a request has come.
 *
 * @param {import('node:test').TestContext} test
 * @param {(socket: import('node:net').Socket) => void} answer
 * @returns {Promise<Fake>}
 */
export async function fakeBytes(test, answer) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  /** @type {Seen[]} */
  const seen = [];
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (data) => {
      seen.push({ method: '', url: '', headers: {}, body: String(data) });
      answer(socket);
    });
  });
  const close = () => sockets.forEach((socket) => socket.destroy());
  return { ...(await listening(test, server, close)), seen };
}

/**
 * An address at which nobody listens.
 *
 * @param {import('node:test').TestContext} test
 * @returns {Promise<string>}
 */
export async function nobody(test) {
  const { url, close } = await fakeBytes(test, () => {});
  close();
  return url;
}

/**
 * @param {string | string[]} endpoint
 * @param {Partial<import('ringproof').RingproofOptions>} [more]
 */
export function client(endpoint, more = {}) {
  return new Ringproof({ username: 'shop', password: PASSWORD, endpoint, ...more });
}

/**
 * Answers with JSON.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 */
export function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export const SERVICE = { id: 'service-1', name: 'Shop', ctime: '2026-02-03T09:15:27.004Z' };

/**
 * @param {import('node:test').TestContext} test
 * @param {import('node:net').Server} server
 * @param {() => void} endConnections
 */
async function listening(test, server, endConnections) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    endConnections();
    server.close();
  };
  test.after(close);
  return { url: `http://127.0.0.1:${port}`, close };
}
