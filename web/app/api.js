// Calls to the server. A call of a device is signed by its key over a nonce of the server.

import { toHex, utf8 } from './bytes.js';
import { signature } from './keys.js';
import { PROTOCOL } from './wire.js';

/** @typedef {{id: string | null, keys: import('./keys.js').DeviceKeys}} Caller `id` is null while it enrols */

/** Longest time for an answer that is not held back. */
const PATIENCE_MS = 15_000;
/** Longest time that the server holds an answer back. */
const HOLD_MS = 8_000;
/** A nonce lives for 60 s; one that might die on the way is not used. */
const NONCE_MS = 45_000;

/** The server says no, with a word. */
export class Refusal extends Error {
  /**
   * @param {string} word
   * @param {Record<string, unknown>} details
   */
  constructor(word, details) {
    super(`refused: ${word}`);
    this.word = word;
    this.details = details;
    const at = details.retry_at;
    /** @type {number | null} */
    this.retryAtMs = typeof at === 'number' ? at : null;
  }
}

/** There is no answer that came from the server. */
export class Unreachable extends Error {}

/** The server speaks another protocol: this page is older or newer than it. */
export class Outdated extends Error {}

/** Left by the answers to signed calls; each is good for one call. @type {{nonce: string, atMs: number}[]} */
const nonces = [];

/** @param {Response} answer */
function keepNonce(answer) {
  const nonce = answer.headers.get('X-App-Nonce');
  if (nonce) nonces.push({ nonce, atMs: performance.now() });
}

/** @returns {Promise<string>} */
async function takeNonce() {
  for (let kept = nonces.pop(); kept; kept = nonces.pop()) {
    if (performance.now() - kept.atMs < NONCE_MS) return kept.nonce;
  }
  const { nonce, protocol } = await post('nonce', '{}', {});
  if (protocol !== PROTOCOL) throw new Outdated(`the server speaks ${protocol}`);
  return nonce;
}

/**
 * @param {string} path below `/app/api/`
 * @param {string} body
 * @param {Record<string, string>} headers
 * @param {{isHeldBack?: boolean, signal?: AbortSignal | undefined}} [options]
 * @returns {Promise<any>}
 */
async function post(path, body, headers, { isHeldBack = false, signal } = {}) {
  const patience = AbortSignal.timeout(PATIENCE_MS + (isHeldBack ? HOLD_MS : 0));
  let answer;
  let json;
  try {
    answer = await fetch(`/app/api/${path}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', ...headers },
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    json = await answer.json();
  } catch (cause) {
    // A page of some network's gate is as good as no answer.
    throw new Unreachable('no answer', { cause });
  }
  keepNonce(answer);
  if (answer.ok) return json;
  if (typeof json?.error !== 'string') throw new Unreachable(`answered ${answer.status}`);
  throw new Refusal(json.error, json);
}

/**
 * An unsigned call.
 * @param {string} path
 * @param {object} body
 */
export function call(path, body) {
  return post(path, JSON.stringify(body), {});
}

/**
 * @param {Caller} caller
 * @param {string} path
 * @param {string} body
 * @param {string} nonce
 */
async function signedHeaders(caller, path, body, nonce) {
  const time = String(Date.now());
  const digest = toHex(await crypto.subtle.digest('SHA-256', utf8(body)));
  const lines = ['ringproof-app-1', 'POST', `/app/api/${path}`, digest, time, nonce, caller.id ?? '-'];
  return {
    ...(caller.id === null ? {} : { 'X-App-Device': caller.id }),
    'X-App-Time': time,
    'X-App-Nonce': nonce,
    'X-App-Signature': await signature(caller.keys, lines.join('\n')),
  };
}

/**
 * A call signed by the device.
 * @param {Caller} caller
 * @param {string} path
 * @param {object} body
 * @param {{isHeldBack?: boolean, signal?: AbortSignal}} [options]
 */
export async function callSigned(caller, path, body, options) {
  const text = JSON.stringify(body);
  for (let isRepeated = false; ; isRepeated = true) {
    const headers = await signedHeaders(caller, path, text, await takeNonce());
    try {
      return await post(path, text, headers, options);
    } catch (error) {
      // The nonce ran out, or the server started anew and knows none of the old ones.
      if (!(error instanceof Refusal) || error.word !== 'nonce' || isRepeated) throw error;
      nonces.length = 0;
    }
  }
}
