/**
 * What comes back from the widget, checked.
 *
 * @module
 */
import { RingproofError } from './errors.js';
import { ANSWER_LIFETIME_SECONDS, CLOCK_SKEW_SECONDS } from './limits.js';
import { Discreet, maskedNumber } from './redact.js';
import { isSame, signature1, signature2 } from './widget_signature.js';

/**
 * @typedef {import('./widget_signature.js').Fields} Fields
 * @typedef {URLSearchParams | Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>} FormFields
 *
 * @typedef {object} Expected
 * @property {string} user
 * @property {string} secret
 * @property {string | undefined} phone
 * @property {number} now Unix seconds
 */

/**
 * An answer that must not be believed. `reason` says why: `fields`, `signature`, `expired`, `nonce`,
 * `phone`.
 */
export class InvalidAnswerError extends RingproofError {}

/** An answer whose signature is right. Printed and as JSON the phone number is masked. */
export class WidgetAnswer extends Discreet {
  #phone;

  /** @param {Fields} fields */
  constructor(fields) {
    super();
    /** Whether the person proved the number. */
    this.isVerified = fields['status'] === 'VERIFIED';
    /** `VERIFIED` or `CANCELLED`. */
    this.status = fields['status'] ?? '';
    this.user = fields['user'] ?? '';
    this.version = Number(fields['version']);
    /** That of the request; `null` in version 1. */
    this.nonce = fields['nonce'] ?? null;
    /** What confirms the answer, from server to server; `null` in version 1. */
    this.vid = fields['vid'] ?? null;
    this.#phone = fields['phone'] ?? null;
  }

  /** The number, `+` and digits; `null` where the person cancelled and there was none. */
  get phone() {
    return this.#phone;
  }

  /** @override */
  visible() {
    return { ...this, phone: this.#phone === null ? null : maskedNumber(this.#phone) };
  }
}

/** What version 1 signs. An answer has no `callback_url`: a request must not pass for one. */
const SIGNED_1 = ['phone', 'status', 'user', 'version'];
const NUMBER = /^\+[1-9]\d{6,14}$/;

/**
 * @param {FormFields} form
 * @param {Expected & { nonce: string | ((nonce: string) => boolean) }} expected
 * @returns {WidgetAnswer}
 */
export function checked2(form, expected) {
  const fields = fieldsOf(form);
  if (!isSame(signature2('response', fields, expected.secret), fields['sig'])) {
    throw untrusted('signature', 'the signature is wrong');
  }
  mustBeOurs(fields, '2', expected);
  const end = /^\d{1,12}$/.test(fields['exp'] ?? '') ? Number(fields['exp']) : 0;
  if (end <= expected.now || end > expected.now + ANSWER_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS) {
    throw untrusted('expired', 'the answer is too old');
  }
  const nonce = fields['nonce'] ?? '';
  const isMine =
    typeof expected.nonce === 'function' ? expected.nonce(nonce) === true : isSame(expected.nonce, nonce);
  if (nonce === '' || !isMine) {
    throw untrusted('nonce', 'the answer belongs to another attempt');
  }
  if (!/^[0-9A-Za-z_-]{1,200}$/.test(fields['vid'] ?? '')) {
    throw untrusted('fields', 'the answer has no vid');
  }
  return new WidgetAnswer(fields);
}

/**
 * @param {FormFields} form
 * @param {Expected & { callbackUrl: string | undefined }} expected
 * @returns {WidgetAnswer}
 */
export function checked1(form, expected) {
  const { sig, sig2, ...others } = fieldsOf(form);
  const signed = Object.fromEntries(
    Object.entries(others).filter(([name]) => SIGNED_1.includes(name)),
  );
  const { secret, callbackUrl } = expected;
  // Both are computed always: the time tells nothing about the spelling that the request had.
  const isPass = isSame(signature1(signed, secret, 'pass'), sig?.toLowerCase());
  const isPassword = isSame(signature1(signed, secret, 'password'), sig?.toLowerCase());
  if (!isPass && !isPassword) {
    throw untrusted('signature', 'the signature is wrong');
  }
  if (callbackUrl !== undefined) {
    const bound = signature2('response', { ...signed, callback_url: callbackUrl }, secret);
    if (!isSame(bound, sig2)) {
      throw untrusted('signature', 'the second signature is missing or wrong');
    }
  }
  mustBeOurs(signed, '1', expected);
  return new WidgetAnswer(signed);
}

/**
 * @param {Fields} fields
 * @param {string} version
 * @param {Expected} expected
 */
function mustBeOurs(fields, version, expected) {
  const { user, status, phone } = fields;
  if (user !== expected.user || fields['version'] !== version) {
    throw untrusted('fields', 'the answer is for another account or of another version');
  }
  if (status !== 'VERIFIED' && status !== 'CANCELLED') {
    throw untrusted('fields', 'the answer has an unknown status');
  }
  if (phone === undefined ? status === 'VERIFIED' : !NUMBER.test(phone)) {
    throw untrusted('fields', 'the answer has no phone number');
  }
  if (expected.phone !== undefined && status === 'VERIFIED' && phone !== canonical(expected.phone)) {
    throw untrusted('phone', 'another number than the one asked for was verified');
  }
}

/**
 * A phone number as the server writes it, `+` and digits; `null` if it is none. Whether a zero in
 * parentheses belongs to a number depends on the country, so such a text is none.
 *
 * @param {string} number
 * @returns {string | null}
 */
export function canonical(number) {
  const bare = number.includes('(0') ? '' : number.replace(/[ \t\-._()]/g, '').replace(/^00/, '+');
  const whole = bare.startsWith('+') ? bare : `+${bare}`;
  return NUMBER.test(whole) ? whole : null;
}

/**
 * The fields of a form that has none twice.
 *
 * @param {FormFields} form
 * @returns {Fields}
 */
function fieldsOf(form) {
  const isIterable = Symbol.iterator in Object(form);
  const pairs = isIterable
    ? /** @type {Iterable<readonly [string, unknown]>} */ (form)
    : Object.entries(form);
  /** @type {Map<string, string>} */
  const fields = new Map();
  for (const [name, value] of pairs) {
    if (fields.has(name) || typeof value !== 'string') {
      throw untrusted('fields', 'the answer has a field that is doubled or no text');
    }
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

/**
 * @param {string} reason
 * @param {string} message
 * @returns {InvalidAnswerError}
 */
function untrusted(reason, message) {
  return new InvalidAnswerError(message, { reason });
}
