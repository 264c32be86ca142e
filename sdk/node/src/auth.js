import { flag, given, notOurs, optional, text } from './json_calls.js';
import { userPath } from './users.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {'sms' | 'totp'} Method
 *
 * @typedef {object} Started
 * @property {string} method the method really used: `sms` if a message was sent
 * @property {string | null} authId names the verification; `null` with `totp`
 *
 * @typedef {object} Checked
 * @property {boolean} verified
 * @property {string} method `sms` or `totp`
 * @property {'VERIFIED' | 'INVALID' | 'EXPIRED' | 'THROTTLED'} result
 * @property {number | null} retryAfter seconds after which a throttled user can go on
 */

/** Starts authentications, and checks what the person typed. */
export class Auth {
  /** Send a PIN. */
  METHOD_SMS = /** @type {const} */ ('sms');
  /** The person's authenticator; a message if there is none. */
  METHOD_TOTP = /** @type {const} */ ('totp');
  #calls;

  /** @param {import('./json_calls.js').JsonCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Starts an authentication, and gives the method really used: ask the person for a PIN from a
   * message (`sms`) or for the code of the authenticator (`totp`).
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {Method} method
   * @param {CallOptions} [options]
   * @returns {Promise<string>}
   * @throws {import('./errors.js').ThrottledError} too many messages or wrong PINs
   * @throws {import('./errors.js').UnavailableError} no gateway takes messages now
   */
  async initiate(serviceId, userId, method, options) {
    const { method: used } = await this.start(serviceId, userId, method, options);
    return used;
  }

  /**
   * As {@link Auth.initiate}, with the name of the verification.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {Method} method
   * @param {CallOptions} [options]
   * @returns {Promise<Started>}
   */
  async start(serviceId, userId, method, options) {
    const path = `${userPath(serviceId, userId)}/auth`;
    const body = { method: given('method', method) };
    const answer = await this.#calls.perform('POST', path, body, options);
    return { method: text(answer, 'method'), authId: optional(answer, 'auth_id') };
  }

  /**
   * Whether the PIN, or the code of the authenticator, is right. A right one is used up.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} token what the person typed
   * @param {CallOptions} [options]
   * @returns {Promise<boolean>}
   * @throws {import('./errors.js').NoSuchResourceError} nothing was started, or it is used up
   */
  async verify(serviceId, userId, token, options) {
    const { verified } = await this.check(serviceId, userId, token, options);
    return verified;
  }

  /**
   * As {@link Auth.verify}, with the reason.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} token what the person typed
   * @param {CallOptions} [options]
   * @returns {Promise<Checked>}
   */
  async check(serviceId, userId, token, options) {
    const path = `${userPath(serviceId, userId)}/auth`;
    const body = { token: given('token', token) };
    const answer = await this.#calls.perform('PUT', path, body, options, [token]);
    const verified = flag(answer, 'verified');
    return {
      verified,
      method: text(answer, 'method'),
      result: verified ? 'VERIFIED' : failure(answer),
      retryAfter: answer.incoming.retryAfter,
    };
  }
}

/**
 * @param {import('./json_calls.js').JsonAnswer} answer
 * @returns {'INVALID' | 'EXPIRED' | 'THROTTLED'}
 */
function failure(answer) {
  const status = /** @type {{ result?: unknown } | null | undefined} */ (answer.body['status']);
  const result = status?.result;
  if (result === 'INVALID' || result === 'EXPIRED' || result === 'THROTTLED') {
    return result;
  }
  throw notOurs(answer.incoming, 'member status says nothing');
}
