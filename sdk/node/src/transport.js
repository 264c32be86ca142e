/**
 * Requests to the addresses of the server: which one is asked, and when a call is made again.
 *
 * A call that only reads goes on to the next address when no answer came, or the server says that
 * it cannot answer now; when all of them failed, they are asked once more. Every other call goes on
 * only if it surely never arrived: a start that went out twice is two messages, and a PIN that was
 * checked twice is two attempts.
 *
 * @module
 */
import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionFailedError, UnavailableError } from './errors.js';
import { exchange } from './exchange.js';
import { ANSWER_BYTES_MAX, IDLE_MS_MAX, PAUSE_MS, PAUSE_MS_MAX } from './limits.js';
import { timeout } from './settings.js';
import { USER_AGENT } from './version.js';

/**
 * @typedef {import('./exchange.js').Incoming} Incoming
 *
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal] ends the call; it then rejects with the signal's reason
 * @property {number} [timeoutMs] how long one request of this call may take
 *
 * @typedef {object} Call
 * @property {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} [body]
 * @property {boolean} isReading whether it changes nothing, so that it can be repeated
 */

export class Transport {
  #settings;
  /** The address that answered last. */
  #preferred = 0;
  /** Keep connections for each of the two kinds of address. */
  #agents;

  /** @param {import('./settings.js').Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    const kept = { keepAlive: true, timeout: IDLE_MS_MAX };
    const ca = settings.ca === undefined ? {} : { ca: settings.ca };
    this.#agents = { http: new http.Agent(kept), https: new https.Agent({ ...kept, ...ca }) };
  }

  /** Closes the connections that are kept. */
  close() {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** @returns {readonly string[]} */
  get endpoints() {
    return this.#settings.endpoints;
  }

  /** @returns {string} */
  get username() {
    return this.#settings.username;
  }

  /** @returns {string} */
  get password() {
    return this.#settings.password;
  }

  /**
   * Makes a call and reads its answer by `read`, which throws what the answer stands for.
   *
   * @template Result
   * @param {Call} call
   * @param {CallOptions} options
   * @param {(answer: Incoming) => Result} read
   * @returns {Promise<Result>}
   */
  async perform(call, options, read) {
    const { endpoints, retries } = this.#settings;
    const first = this.#preferred;
    const rounds = call.isReading ? 1 + retries : 1;
    for (let tries = 1; ; tries += 1) {
      const index = (first + tries - 1) % endpoints.length;
      try {
        const answer = await this.#send(call, options, `${endpoints[index]}${call.path}`);
        // Whatever it says: this address answers.
        this.#preferred = index;
        return read(answer);
      } catch (error) {
        if (tries >= rounds * endpoints.length || !mayGoOn(call, error)) {
          throw error;
        }
        if (tries % endpoints.length === 0) {
          await pauseBefore(error, options.signal);
        }
      }
    }
  }

  /**
   * @param {Call} call
   * @param {CallOptions} options
   * @param {string} address
   * @returns {Promise<Incoming>}
   */
  #send(call, options, address) {
    const url = new URL(address);
    const { timeoutMs, connectTimeoutMs } = this.#settings;
    return exchange({
      url,
      method: call.method,
      headers: { 'user-agent': USER_AGENT, ...call.headers },
      body: call.body,
      agent: url.protocol === 'https:' ? this.#agents.https : this.#agents.http,
      connectTimeoutMs,
      timeoutMs: options.timeoutMs === undefined ? timeoutMs : timeout('timeoutMs', options.timeoutMs),
      signal: options.signal,
      bytesMax: ANSWER_BYTES_MAX,
    });
  }
}

/**
 * Whether the next address may be asked after this failure.
 *
 * @param {Call} call
 * @param {unknown} error
 * @returns {boolean}
 */
function mayGoOn(call, error) {
  if (error instanceof ConnectionFailedError) {
    return call.isReading || !error.maybeSent;
  }
  // `FAILED 209` has the status 200: it is an answer like others.
  const isOut = error instanceof UnavailableError && (error.status ?? 0) >= 502;
  return call.isReading && isOut;
}

/**
 * Waits before all addresses are asked again; never quite as long as another program does, so that
 * they do not all come back at one moment.
 *
 * @param {unknown} error
 * @param {AbortSignal | undefined} signal
 */
async function pauseBefore(error, signal) {
  const asked = error instanceof UnavailableError ? (error.retryAfter ?? 0) * 1000 : 0;
  const milliseconds =
    asked > 0 && asked <= PAUSE_MS_MAX ? asked : PAUSE_MS * (1 + Math.random());
  try {
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
