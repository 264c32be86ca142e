import { given } from './json_calls.js';
import { okWord } from './text_calls.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 *
 * @typedef {object} Browser what you know of the person's browser
 * @property {string} [ip] its address, and not that of your server
 * @property {string} [browser] its User-Agent
 * @property {string} [cookie] a value of yours, at least 128 random bits
 *
 * @typedef {object} NumberOptions
 * @property {string} [template] the message; it must contain `<PIN>`
 * @property {number} [pinLength] 4 to 16
 * @property {string} [from] one of the account's senders
 * @property {number} [maxTries] messages in all, the first included
 * @property {number} [retryDelay] seconds before the message is repeated
 * @property {number} [validity] seconds in which the PIN can be entered
 *
 * @typedef {object} NumberStarted
 * @property {string} id names it in {@link NumberVerification.verify}; empty if `verified`
 * @property {boolean} verified whether this browser is trusted, so that no PIN is needed
 */

/** Confirms that a person holds a number, without services and users. */
export class NumberVerification {
  #calls;

  /** @param {import('./text_calls.js').TextCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Makes a PIN and sends it.
   *
   * @param {string} to number with country code
   * @param {CallOptions & NumberOptions & Browser} [options]
   * @returns {Promise<NumberStarted>}
   * @throws {import('./errors.js').ThrottledError} the number is blocked, or got too many messages
   * @throws {import('./errors.js').UnavailableError} no gateway takes messages now
   */
  async start(to, options = {}) {
    const parameters = {
      to: given('to', to),
      template: options.template,
      pin_length: options.pinLength,
      from: options.from,
      max_tries: options.maxTries,
      retry_delay: options.retryDelay,
      validity: options.validity,
      ...browser(options),
    };
    return this.#calls.perform({ path: '/verify/start', parameters }, options, (text) => {
      if (text === 'VERIFIED') {
        return { id: '', verified: true };
      }
      const id = okWord(text, /^[\x21-\x7e]{1,200}$/);
      return id === undefined ? undefined : { id, verified: false };
    });
  }

  /**
   * Whether what the person typed is right. A right PIN is used up.
   *
   * @param {string} verificationId
   * @param {string} pin
   * @param {CallOptions & Browser} [options]
   * @returns {Promise<boolean>}
   * @throws {import('./errors.js').NoSuchResourceError} there is no such verification
   */
  async verify(verificationId, pin, options = {}) {
    return (await this.check(verificationId, pin, options)) === 'VERIFIED';
  }

  /**
   * As {@link NumberVerification.verify}, with the reason. `INVALID`: ask again. `EXPIRED`: it is no
   * longer valid, or used; start again. `THROTTLED`: too many wrong PINs; wait, then start again.
   *
   * @param {string} verificationId
   * @param {string} pin
   * @param {CallOptions & Browser} [options]
   * @returns {Promise<'VERIFIED' | 'INVALID' | 'EXPIRED' | 'THROTTLED'>}
   * @throws {import('./errors.js').NoSuchResourceError} there is no such verification
   */
  async check(verificationId, pin, options = {}) {
    const parameters = {
      verification_id: given('verificationId', verificationId),
      pin: given('pin', pin),
      ...browser(options),
    };
    return this.#calls.perform({ path: '/verify/pin', parameters }, options, (text) =>
      text === 'VERIFIED' || text === 'INVALID' || text === 'EXPIRED' || text === 'THROTTLED'
        ? text
        : undefined,
    );
  }
}

/** @param {Browser} options */
function browser(options) {
  return { ip: options.ip, browser: options.browser, cookie: options.cookie };
}
