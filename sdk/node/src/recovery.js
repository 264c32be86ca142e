import { flag, given, notOurs, optional, text, whole } from './json_calls.js';
import { Discreet } from './redact.js';
import { userPath } from './users.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 *
 * @typedef {object} RecoveryState
 * @property {number} left how many codes are left
 * @property {string | null} ctime when the set was made; `null` without one
 *
 * @typedef {object} RecoveryUse
 * @property {boolean} verified
 * @property {'VERIFIED' | 'INVALID' | 'THROTTLED'} result
 * @property {number | null} left how many codes are left, if it was right
 * @property {number | null} retryAfter seconds after which a throttled user can go on
 */

/** A set of recovery codes, shown once. Printed and as JSON it tells only how many there are. */
export class RecoveryCodes extends Discreet {
  #codes;

  /** @param {readonly string[]} codes */
  constructor(codes) {
    super();
    this.#codes = codes;
  }

  /** The codes, for paper. */
  get codes() {
    return [...this.#codes];
  }

  /** @override */
  visible() {
    return { left: this.#codes.length };
  }
}

/** Recovery codes of a user, for the day on which phone and app are gone. */
export class Recovery {
  #calls;

  /** @param {import('./json_calls.js').JsonCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Makes a new set, which ends the one before. Only for a person who has just logged in.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<RecoveryCodes>}
   */
  async create(serviceId, userId, options) {
    const path = `${userPath(serviceId, userId)}/recovery`;
    const answer = await this.#calls.perform('POST', path, undefined, options);
    const codes = answer.body['codes'];
    if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string')) {
      throw notOurs(answer.incoming, 'member codes is no list of texts');
    }
    return new RecoveryCodes(codes);
  }

  /**
   * How many codes are left.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<RecoveryState>}
   */
  async state(serviceId, userId, options) {
    const path = `${userPath(serviceId, userId)}/recovery`;
    const answer = await this.#calls.perform('GET', path, undefined, options);
    return { left: whole(answer, 'left'), ctime: optional(answer, 'ctime') };
  }

  /**
   * Whether a recovery code is right. A right one is used up, and ends blocks and locks.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} code
   * @param {CallOptions} [options]
   * @returns {Promise<RecoveryUse>}
   */
  async use(serviceId, userId, code, options) {
    const path = `${userPath(serviceId, userId)}/recovery`;
    const body = { code: given('code', code) };
    const answer = await this.#calls.perform('PUT', path, body, options, [code]);
    const { retryAfter } = answer.incoming;
    if (flag(answer, 'verified')) {
      return { verified: true, result: 'VERIFIED', left: whole(answer, 'left'), retryAfter };
    }
    const result = text(answer, 'result');
    if (result !== 'INVALID' && result !== 'THROTTLED') {
      throw notOurs(answer.incoming, 'member result says nothing');
    }
    return { verified: false, result, left: null, retryAfter };
  }
}
