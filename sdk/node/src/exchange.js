/**
 * One request and its answer: the time-outs cover both, the body has a bound, and a failure says
 * whether the request may have arrived. Redirects are not followed, and no proxy is used.
 *
 * @module
 */
import http from 'node:http';
import https from 'node:https';
import { ConnectionFailedError, InvalidResponseError } from './errors.js';

/**
 * @typedef {object} Outgoing
 * @property {URL} url
 * @property {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @property {Record<string, string>} headers
 * @property {string | undefined} body
 * @property {http.Agent} agent
 * @property {number} connectTimeoutMs
 * @property {number} timeoutMs
 * @property {AbortSignal | undefined} signal
 * @property {number} bytesMax
 *
 * @typedef {object} Incoming
 * @property {number} status
 * @property {string} text
 * @property {string | null} requestId
 * @property {number | null} retryAfter seconds
 */

/**
 * @param {Outgoing} outgoing
 * @returns {Promise<Incoming>}
 */
export function exchange(outgoing) {
  const { signal } = outgoing;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const { request: make } = outgoing.url.protocol === 'https:' ? https : http;
    const request = make(outgoing.url, {
      method: outgoing.method,
      headers: lengthened(outgoing),
      agent: outgoing.agent,
    });
    const watch = new Watch(request, outgoing);
    const forward = () => request.destroy(new Error('aborted'));
    signal?.addEventListener('abort', forward, { once: true });
    /** @param {() => void} settle */
    const end = (settle) => {
      watch.end();
      signal?.removeEventListener('abort', forward);
      settle();
    };
    /** @param {unknown} error */
    const fail = (error) =>
      end(() => reject(signal?.aborted ? signal.reason : watch.failureOf(error)));
    request.on('error', fail);
    request.on('response', (response) => {
      wholeText(response, outgoing.bytesMax).then((text) => {
        const { statusCode, headers } = response;
        end(() =>
          resolve({
            status: statusCode ?? 0,
            text,
            requestId: named(first(headers['x-request-id'])),
            retryAfter: seconds(first(headers['retry-after'])),
          }),
        );
      }, fail);
    });
    request.end(outgoing.body);
  });
}

/** Sees to the time-outs of a request, and knows whether any of it may have been sent. */
class Watch {
  #request;
  #outgoing;
  #maybeSent = false;
  /** @type {string | null} */
  #late = null;
  /** @type {NodeJS.Timeout[]} */
  #timers = [];

  /**
   * @param {http.ClientRequest} request
   * @param {Outgoing} outgoing
   */
  constructor(request, outgoing) {
    this.#request = request;
    this.#outgoing = outgoing;
    const { connectTimeoutMs, timeoutMs } = outgoing;
    this.#timers.push(setTimeout(() => this.#stop(`no answer within ${timeoutMs} ms`), timeoutMs));
    request.once('socket', (socket) => {
      if (request.reusedSocket || !socket.connecting) {
        this.#maybeSent = true;
        return;
      }
      const what = `no connection within ${connectTimeoutMs} ms`;
      const timer = setTimeout(() => this.#stop(what), connectTimeoutMs);
      this.#timers.push(timer);
      // With TLS nothing of the request is sent before its handshake.
      socket.once(outgoing.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        this.#maybeSent = true;
        clearTimeout(timer);
      });
    });
  }

  /** @param {string} why */
  #stop(why) {
    this.#late = why;
    this.#request.destroy(new Error(why));
  }

  end() {
    this.#timers.forEach(clearTimeout);
  }

  /**
   * @param {unknown} error
   * @returns {Error}
   */
  failureOf(error) {
    if (error instanceof InvalidResponseError) {
      return error;
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const what = this.#maybeSent ? 'the connection was lost' : 'no connection';
    const message = this.#late ?? `${what}: ${code}`;
    const host = this.#outgoing.url.host;
    return new ConnectionFailedError(`${host}: ${message}`, { maybeSent: this.#maybeSent });
  }
}

/**
 * @param {http.IncomingMessage} response
 * @param {number} bytesMax
 * @returns {Promise<string>}
 */
async function wholeText(response, bytesMax) {
  const chunks = [];
  let bytes = 0;
  // Leaving the loop early destroys the response and with it the connection.
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw broken(response, `the answer has more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw broken(response, 'the answer is not UTF-8');
  }
}

/**
 * @param {http.IncomingMessage} response
 * @param {string} what
 * @returns {InvalidResponseError}
 */
function broken(response, what) {
  return new InvalidResponseError(what, { status: response.statusCode ?? null, maybeSent: true });
}

/**
 * A body is sent in one piece. A request that has none says so only where one is expected.
 *
 * @param {Outgoing} outgoing
 * @returns {Record<string, string>}
 */
function lengthened({ method, headers, body }) {
  if (body === undefined && (method === 'GET' || method === 'DELETE')) {
    return headers;
  }
  return { ...headers, 'content-length': String(Buffer.byteLength(body ?? '')) };
}

/**
 * @param {string | string[] | undefined} header
 * @returns {string | null}
 */
function first(header) {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/**
 * @param {string | null} header
 * @returns {number | null}
 */
function seconds(header) {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null;
}

/**
 * @param {string | null} header
 * @returns {string | null} null unless it looks like a name, so that an error has no odd text
 */
function named(header) {
  return header !== null && /^[\w-]{1,64}$/.test(header) ? header : null;
}
