import { randomBytes } from 'node:crypto';
import { InvalidDataError } from './errors.js';
import { given, notOurs, optional, text } from './json_calls.js';
import { REQUEST_LIFETIME_SECONDS, REQUEST_LIFETIME_SECONDS_MAX } from './limits.js';
import { Discreet, maskedNumber } from './redact.js';
import { canonical, checked1, checked2 } from './widget_answer.js';
import { signature1, signature2 } from './widget_signature.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {import('./widget_answer.js').FormFields} FormFields
 * @typedef {import('./widget_answer.js').WidgetAnswer} WidgetAnswer
 */

/** A signed request. Printed and as JSON it shows neither the number nor the address. */
export class WidgetRequest extends Discreet {
  #url;
  #fields;

  /**
   * @param {string} page
   * @param {Record<string, string>} fields
   */
  constructor(page, fields) {
    super();
    /** What comes back with the answer; keep it with the person's session. `null` in version 1. */
    this.nonce = fields['nonce'] ?? null;
    this.#fields = fields;
    this.#url = `${page}?${new URLSearchParams(fields)}`;
  }

  /** The address to which the browser is sent. */
  get url() {
    return this.#url;
  }

  /** The same as fields of a form. */
  get fields() {
    return { ...this.#fields };
  }

  /** @override */
  visible() {
    return { ...this };
  }
}

/** What the server itself says of an answer. Printed and as JSON the number is masked. */
export class WidgetConfirmation extends Discreet {
  #phone;

  /** @param {import('./json_calls.js').JsonAnswer} answer */
  constructor(answer) {
    super();
    this.vid = text(answer, 'vid');
    this.status = text(answer, 'status');
    this.isVerified = this.status === 'VERIFIED';
    this.user = text(answer, 'user');
    this.version = versionOf(answer);
    this.nonce = optional(answer, 'nonce');
    this.callbackUrl = optional(answer, 'callback_url');
    this.finishedAt = optional(answer, 'finished_at');
    this.#phone = optional(answer, 'phone');
  }

  /** The number, `+` and digits. */
  get phone() {
    return this.#phone;
  }

  /** @override */
  visible() {
    return { ...this, phone: this.#phone === null ? null : maskedNumber(this.#phone) };
  }
}

/**
 * The widget: a page of the server that asks the person for number and PIN. Sign a request, send
 * the browser to it, check the answer that the browser brings back, and have it confirmed. Do all of
 * it on your server: whoever has the secret can make any answer.
 */
export class Widget {
  #user;
  #secret;
  #page;
  #calls;

  /**
   * @param {{ user: string, secret: string | undefined, page: string }} account
   * @param {import('./json_calls.js').JsonCalls} calls
   */
  constructor({ user, secret, page }, calls) {
    this.#user = user;
    this.#secret = secret;
    this.#page = page;
    this.#calls = calls;
  }

  /**
   * Signs a request of version 2. A `phone` that is no number is refused: in version 1 such a text
   * could be signed into another message, and here it would fill nothing.
   *
   * @param {object} request
   * @param {string} request.callbackUrl where the browser returns to
   * @param {string} [request.phone] fills the field
   * @param {boolean} [request.phoneLock] the person cannot change the number
   * @param {string} [request.nonce] 22 to 64 of `A–Z a–z 0–9 - _`, used once; made if you give none
   * @param {number} [request.lifetimeSeconds] how long the address is good: 600, at most 3,600
   * @param {Date} [request.now]
   * @returns {WidgetRequest}
   */
  request({ callbackUrl, phone, phoneLock, nonce, lifetimeSeconds, now }) {
    const seconds = lifetimeSeconds ?? REQUEST_LIFETIME_SECONDS;
    const number = phone === undefined ? undefined : numberOf(phone);
    if (phoneLock === true && number === undefined) {
      throw new TypeError('phoneLock needs a phone');
    }
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > REQUEST_LIFETIME_SECONDS_MAX) {
      throw new TypeError(`lifetimeSeconds must be from 1 to ${REQUEST_LIFETIME_SECONDS_MAX}`);
    }
    /** @type {Record<string, string>} */
    const fields = {
      user: this.#user,
      version: '2',
      callback_url: given('callbackUrl', callbackUrl),
      nonce: nonce ?? randomBytes(24).toString('base64url'),
      exp: String(unixSeconds(now) + seconds),
      ...(number === undefined ? {} : { phone: number }),
      ...(phoneLock === true ? { phone_lock: '1' } : {}),
    };
    fields['sig'] = signature2('request', fields, this.#needSecret());
    return new WidgetRequest(this.#page, fields);
  }

  /**
   * Signs a request of version 1, for sites that cannot move. Put a one-time value into
   * `callbackUrl`: nothing else makes the answer one that counts once.
   *
   * @param {object} request
   * @param {string} request.callbackUrl
   * @param {string} [request.phone]
   * @returns {WidgetRequest}
   */
  request1({ callbackUrl, phone }) {
    const number = phone === undefined ? undefined : numberOf(phone);
    /** @type {Record<string, string>} */
    const fields = {
      user: this.#user,
      version: '1',
      callback_url: given('callbackUrl', callbackUrl),
      ...(number === undefined ? {} : { phone: number }),
    };
    fields['sig'] = signature1(fields, this.#needSecret());
    return new WidgetRequest(this.#page, fields);
  }

  /**
   * Checks an answer of version 2: signature, account, age, attempt, number. What it gives is true
   * of this moment; {@link Widget.confirm} makes sure that it counts once.
   *
   * @param {FormFields} fields what the browser posted
   * @param {object} expected
   * @param {string | ((nonce: string) => boolean)} expected.nonce that of the attempt that this
   *   browser began, or a function that says whether a nonce is one that you gave out
   * @param {string} [expected.phone] the number that you asked for
   * @param {Date} [expected.now]
   * @returns {WidgetAnswer}
   * @throws {import('./widget_answer.js').InvalidAnswerError}
   */
  check(fields, { nonce, phone, now }) {
    if (typeof nonce !== 'string' && typeof nonce !== 'function') {
      throw new TypeError('nonce must be a text or a function');
    }
    const expected = { user: this.#user, secret: this.#needSecret(), phone, now: unixSeconds(now) };
    return checked2(fields, { ...expected, nonce });
  }

  /**
   * Checks an answer of version 1. With `callbackUrl`, the one of the request, the answer must have
   * the second signature (`--sig2 on`), which binds it to that address.
   *
   * @param {FormFields} fields what the browser posted
   * @param {{ phone?: string, callbackUrl?: string }} [expected]
   * @returns {WidgetAnswer}
   * @throws {import('./widget_answer.js').InvalidAnswerError}
   */
  check1(fields, { phone, callbackUrl } = {}) {
    const expected = { user: this.#user, secret: this.#needSecret(), phone, now: 0 };
    return checked1(fields, { ...expected, callbackUrl });
  }

  /**
   * Asks the server itself whether it made an answer. It says yes once.
   *
   * @param {string} vid of the answer
   * @param {CallOptions} [options]
   * @returns {Promise<WidgetConfirmation>}
   * @throws {import('./errors.js').ResourceAlreadyExistsError} it was confirmed before
   * @throws {import('./errors.js').NoSuchResourceError} there is none, or it is too old
   */
  async confirm(vid, options) {
    const body = { vid: given('vid', vid) };
    return new WidgetConfirmation(
      await this.#calls.perform('POST', '/v1/widget/confirm', body, options),
    );
  }

  /** @returns {string} */
  #needSecret() {
    if (this.#secret === undefined) {
      throw new TypeError('give widgetSecret to new Ringproof(…)');
    }
    return this.#secret;
  }
}

/**
 * The manual shows a number; servers send a text.
 *
 * @param {import('./json_calls.js').JsonAnswer} answer
 * @returns {number}
 */
function versionOf(answer) {
  const version = String(answer.body['version']);
  if (version !== '1' && version !== '2') {
    throw notOurs(answer.incoming, 'member version is unknown');
  }
  return Number(version);
}

/**
 * @param {string} phone
 * @returns {string} as the server writes it
 */
function numberOf(phone) {
  const number = canonical(given('phone', phone));
  if (number === null) {
    throw new InvalidDataError('phone is no phone number with country code', { field: 'phone' });
  }
  return number;
}

/**
 * @param {Date | undefined} date
 * @returns {number}
 */
function unixSeconds(date) {
  return Math.floor((date?.getTime() ?? Date.now()) / 1000);
}
