/**
 * The signatures of the widget, of both versions. Values are the decoded ones.
 *
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** @typedef {Readonly<Record<string, string>>} Fields */

/**
 * Version 2: HMAC-SHA-256 over the direction and all fields but `sig`, sorted and percent-encoded.
 * It is also `sig2` of an answer of version 1.
 *
 * @param {'request' | 'response'} direction
 * @param {Fields} fields
 * @param {string} secret
 * @returns {string} 64 hexadecimal digits
 */
export function signature2(direction, fields, secret) {
  const pairs = sorted(fields).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return createHmac('sha256', secret).update(`${direction}\n${pairs.join('&')}`).digest('hex');
}

/**
 * Version 1: MD5 over names and values joined by nothing, with the secret among them. Anybody who
 * sees one can try out secrets; it is here for programs that exist.
 *
 * @param {Fields} fields
 * @param {string} secret
 * @param {'pass' | 'password'} [name] the name under which the secret stands
 * @returns {string} 32 hexadecimal digits
 */
export function signature1(fields, secret, name = 'pass') {
  const text = sorted({ ...fields, [name]: secret }).flat().join('');
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/**
 * Whether two signatures are equal; the time it takes tells nothing about where they differ.
 *
 * @param {string} expected
 * @param {string | undefined} given
 * @returns {boolean}
 */
export function isSame(expected, given) {
  const left = Buffer.from(expected, 'utf8');
  const right = Buffer.from(given ?? '', 'utf8');
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * @param {Fields} fields
 * @returns {[string, string][]}
 */
function sorted(fields) {
  return Object.entries(fields)
    .filter(([name]) => name !== 'sig')
    .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

/**
 * Everything but letters, digits and `- . _ ~`.
 *
 * @param {string} text
 * @returns {string}
 */
function encoded(text) {
  const plain = /[!'()*]/g;
  return encodeURIComponent(text.toWellFormed()).replace(
    plain,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
