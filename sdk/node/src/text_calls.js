/**
 * The calls whose answer is a line of text. Credentials and parameters travel in the body of a
 * POST: a query would stand in the logs of proxies.
 *
 * @module
 */
import * as errors from './errors.js';
import { given, notOurs, refusalOf } from './json_calls.js';

/**
 * @typedef {import('./exchange.js').Incoming} Incoming
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {string | number | Uint8Array | undefined} Parameter
 * @typedef {typeof errors.RingproofError} Refusal
 *
 * @typedef {object} TextCall
 * @property {string} path
 * @property {Record<string, Parameter>} parameters
 * @property {boolean} [isReading]
 * @property {Record<string, Refusal>} [refusals] what the codes mean that mean something else
 *   elsewhere
 */

/**
 * Codes that mean the same in every call.
 *
 * @type {Record<string, Refusal>}
 */
const REFUSALS = {
  'ERROR 101': errors.WrongCredentialsError,
  'ERROR 102': errors.InvalidDataError,
  'ERROR 103': errors.ResourceForbiddenError,
  'ERROR 108': errors.ThrottledError,
  'ERROR 109': errors.InvalidDataError,
  'ERROR 110': errors.NoSuchResourceError,
  'ERROR 111': errors.ResourceForbiddenError,
};

/**
 * What a person who reads a log is told.
 *
 * @type {Record<string, string>}
 */
const MEANINGS = {
  'ERROR 101': 'wrong username or password, or too many failed logins',
  'ERROR 102': 'a parameter is missing or not allowed',
  'ERROR 103': 'this address may not call, or not over plain HTTP',
  'ERROR 108': 'the number is blocked, or has got too many messages',
  'ERROR 109': 'the template has no <PIN>',
  'ERROR 110': 'there is no such verification',
  'ERROR 111': 'the account has no sender of this name',
  'FAILED 208': 'the balance cannot be told now',
  'FAILED 209': 'the server or its gateways cannot do it now',
};

/** The server or its gateways cannot do it now. It does not say how far the call came. */
const FAULT = 'FAILED 209';

/**
 * Statuses that calls with a line are answered with. Others are from a proxy, and its page must
 * not pass for "there is no such message".
 */
const OURS = [400, 408, 413, 414, 429, 431];

/** What is asked of the server by parameters. */
export class TextCalls {
  #transport;

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /**
   * @template Result
   * @param {TextCall} call
   * @param {CallOptions | undefined} options
   * @param {(text: string) => Result | undefined} read gives `undefined` for what it does not know
   * @returns {Promise<Result>}
   */
  perform(call, options, read) {
    const { username, password } = this.#transport;
    const isReading = call.isReading ?? false;
    return this.#transport.perform(
      {
        method: 'POST',
        path: call.path,
        headers: {
          accept: 'text/plain',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form({ username, password, ...call.parameters }),
        isReading,
      },
      options ?? {},
      (incoming) => {
        refuse(incoming, call.refusals ?? {}, isReading);
        const result = read(incoming.text);
        if (result === undefined) {
          throw notOurs(incoming, 'an unknown text');
        }
        return result;
      },
    );
  }
}

/**
 * @param {Incoming} incoming
 * @param {Record<string, Refusal>} own
 * @param {boolean} isReading
 */
function refuse(incoming, own, isReading) {
  const { status, text, requestId, retryAfter } = incoming;
  if (status >= 400 && status < 500 && !OURS.includes(status)) {
    throw notOurs(incoming, `status ${status}`);
  }
  if (status !== 200) {
    const Refusal = refusalOf(status);
    throw new Refusal(`status ${status}`, { status, retryAfter, maybeSent: status >= 500 });
  }
  if (!/^(ERROR|FAILED) \d{3}$/.test(text)) {
    return;
  }
  const maybeSent = !isReading && text === FAULT;
  const details = { status, reason: text, requestId, retryAfter, maybeSent };
  const isKnownHere = Object.hasOwn(own, text);
  const Refusal = isKnownHere ? own[text] : REFUSALS[text];
  const meaning = isKnownHere && !Object.hasOwn(REFUSALS, text) ? '' : MEANINGS[text];
  const message = meaning ? `${text}: ${meaning}` : text;
  if (Refusal !== undefined) {
    throw new Refusal(message, details);
  }
  const Other = text.startsWith('FAILED') ? errors.UnavailableError : errors.RingproofError;
  throw new Other(message, details);
}

/**
 * @param {Record<string, Parameter>} parameters
 * @returns {string}
 */
export function form(parameters) {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encoded(name, value)}`]))
    .join('&');
}

/**
 * @param {string} name
 * @param {string | number | Uint8Array} value
 * @returns {string}
 */
function encoded(name, value) {
  if (value instanceof Uint8Array) {
    return Array.from(value, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  }
  return encodeURIComponent(given(name, String(value)));
}

/**
 * The word after `OK `.
 *
 * @param {string} text
 * @param {RegExp} shape
 * @returns {string | undefined}
 */
export function okWord(text, shape) {
  const word = text.startsWith('OK ') ? text.slice(3) : '';
  return shape.test(word) ? word : undefined;
}
