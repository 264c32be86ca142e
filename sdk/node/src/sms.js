import * as errors from './errors.js';
import { given } from './json_calls.js';
import { okWord } from './text_calls.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 *
 * @typedef {object} SmsOptions
 * @property {string} [from] one of the account's senders
 * @property {Date | number} [timeToSend] when it is sent; a number is Unix seconds
 * @property {string} [dlrUrl] where reports go
 * @property {number} [validity] minutes in which delivery is tried
 * @property {'on' | 'full' | 'off'} [autoconvert] what may be replaced so that the text is cheaper
 * @property {Uint8Array} [udh] a user data header
 * @property {Uint8Array} [data] binary content; then the text is not looked at
 * @property {0 | 1 | 2 | 3} [mclass] message class; 0 is shown at once
 * @property {'plaintext' | 'sha256' | 'nostore'} [textStore] what the server keeps of the text
 *
 * @typedef {object} NetworkPrice
 * @property {string} mccmnc
 * @property {string} name
 * @property {string} price of one part, in euro
 *
 * @typedef {object} CountryPrices
 * @property {string} country
 * @property {string} name
 * @property {string} prefix
 * @property {NetworkPrice[]} networks
 */

const OF_SENDING = {
  'ERROR 104': errors.InvalidDataError,
  'ERROR 105': errors.InvalidDataError,
  'ERROR 106': errors.ResourceForbiddenError,
  'ERROR 107': errors.InsufficientCreditError,
};
const OF_MESSAGES = { 'ERROR 107': errors.NoSuchResourceError };
const OF_PRICES = {
  'ERROR 104': errors.InvalidDataError,
  'ERROR 105': errors.NoSuchResourceError,
  'ERROR 106': errors.InvalidDataError,
};

/** Plain messages. Codes for logins are better sent by the other calls, which keep them secret. */
export class Sms {
  #calls;

  /** @param {import('./text_calls.js').TextCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Sends a message, or takes one for later, and gives its id.
   *
   * @param {string} to number with country code
   * @param {string} text
   * @param {CallOptions & SmsOptions} [options]
   * @returns {Promise<string>}
   * @throws {import('./errors.js').InsufficientCreditError} the account has not enough money
   * @throws {import('./errors.js').ThrottledError} the number is blocked, or got too many messages
   */
  async send(to, text, options = {}) {
    const { timeToSend } = options;
    const parameters = {
      to: given('to', to),
      text: given('text', text),
      from: options.from,
      time_to_send: timeToSend instanceof Date ? Math.floor(timeToSend.getTime() / 1000) : timeToSend,
      'dlr-url': options.dlrUrl,
      validity: options.validity,
      autoconvert: options.autoconvert,
      udh: options.udh,
      data: options.data,
      mclass: options.mclass,
      'text-store': options.textStore,
    };
    const call = { path: '/send_sms', parameters, refusals: OF_SENDING };
    return this.#calls.perform(call, options, (answer) => okWord(answer, /^[\x21-\x7e]{1,200}$/));
  }

  /**
   * What became of a message. `WAITING`: for its time or a gateway; `SENT`: a gateway has it;
   * `DELIVERED`: the phone has it; `FAILED`: it will not arrive.
   *
   * @param {string} messageId
   * @param {CallOptions} [options]
   * @returns {Promise<'WAITING' | 'SENT' | 'DELIVERED' | 'FAILED'>}
   */
  async state(messageId, options) {
    const call = { ...ofMessage('/get_dlr_response', messageId), isReading: true };
    try {
      return await this.#calls.perform(call, options, (answer) => {
        const word = okWord(answer, /^(SENT|DELIVERED|FAILED)$/);
        return /** @type {'SENT' | 'DELIVERED' | 'FAILED' | undefined} */ (word);
      });
    } catch (error) {
      if (error instanceof errors.UnavailableError && error.reason === 'FAILED 102') {
        return 'WAITING';
      }
      throw error;
    }
  }

  /**
   * Takes a message back that waits for its time.
   *
   * @param {string} messageId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   * @throws {import('./errors.js').NoSuchResourceError} it went out, or was taken back before
   */
  async cancel(messageId, options) {
    await this.#calls.perform(ofMessage('/cancel_sms', messageId), options, (answer) =>
      okWord(answer, /^DELETED$/),
    );
  }

  /**
   * The account's balance in euro, as the server wrote it: `707.54`.
   *
   * @param {CallOptions} [options]
   * @returns {Promise<string>}
   */
  async balance(options) {
    const call = { path: '/get_balance', parameters: {}, isReading: true };
    return this.#calls.perform(call, options, (answer) => okWord(answer, /^-?\d+(\.\d+)?$/));
  }

  /**
   * The prices of one country.
   *
   * @param {string} country two letters
   * @param {CallOptions} [options]
   * @returns {Promise<CountryPrices>}
   * @throws {import('./errors.js').NoSuchResourceError} it has no price
   */
  async prices(country, options) {
    const parameters = { country: given('country', country) };
    const call = { path: '/prices', parameters, isReading: true, refusals: OF_PRICES };
    return this.#calls.perform(call, options, countryPrices);
  }

  /**
   * The prices of all countries: CSV with the head `Country,Code,MCCMNC,Network,Price`.
   *
   * @param {CallOptions} [options]
   * @returns {Promise<string>}
   */
  async priceList(options) {
    const call = { path: '/pricelist', parameters: {}, isReading: true };
    return this.#calls.perform(call, options, (answer) =>
      answer.startsWith('Country,') ? answer : undefined,
    );
  }
}

/**
 * @param {string} path
 * @param {string} messageId
 */
function ofMessage(path, messageId) {
  const parameters = { sms_unique_id: given('messageId', messageId) };
  return { path, parameters, refusals: OF_MESSAGES };
}

/**
 * @param {string} answer
 * @returns {CountryPrices | undefined}
 */
function countryPrices(answer) {
  try {
    const { country, name, prefix, networks } = JSON.parse(answer);
    return {
      country: String(country),
      name: String(name),
      prefix: String(prefix),
      networks: networks.map((/** @type {Record<string, unknown>} */ network) => ({
        mccmnc: String(network['mccmnc']),
        name: String(network['name']),
        price: String(network['price']),
      })),
    };
  } catch {
    return undefined;
  }
}
