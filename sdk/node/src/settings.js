/**
 * What `new Ringproof(…)` is given, checked.
 *
 * @module
 */
import {
  AUTH_BYTES_MAX,
  CONNECT_TIMEOUT_MS,
  RETRIES,
  RETRIES_MAX,
  TIMEOUT_MS,
  TIMEOUT_MS_MAX,
} from './limits.js';

/**
 * @typedef {object} RingproofOptions
 * @property {string} username name of the account
 * @property {string} password its password
 * @property {string | readonly string[]} [endpoint] address of the server, without `/v1`:
 *   `https://verify.example.com`. With several, the next one is asked when one fails; all must lead
 *   to the same server. Without it the environment's `RINGPROOF_ENDPOINT` is taken, where several
 *   are separated by blanks or commas, else `http://127.0.0.1:8080`.
 * @property {string} [widgetSecret] secret of the widget, if you use it
 * @property {string} [widgetUrl] address of the widget if it has a host of its own
 * @property {number} [timeoutMs] how long one request may take, 15,000 by default
 * @property {number} [connectTimeoutMs] how long a connection may take, 5,000 by default
 * @property {number} [retries] how often a call that only reads asks all addresses again, 1 by
 *   default
 * @property {boolean} [allowPlainHttp] also send the password over plain HTTP to another machine
 * @property {string} [ca] certificates in PEM of an authority of your own, instead of those that
 *   Node knows
 *
 * @typedef {object} Settings
 * @property {string} username
 * @property {string} password
 * @property {readonly string[]} endpoints
 * @property {string | undefined} widgetSecret
 * @property {number} timeoutMs
 * @property {number} connectTimeoutMs
 * @property {number} retries
 * @property {string | undefined} ca
 */

/** Where `ringproof serve --dev` listens. */
const LOCAL = 'http://127.0.0.1:8080';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * @param {RingproofOptions} options
 * @returns {Settings}
 */
export function settings(options) {
  const { username, password, widgetSecret } = options;
  if (typeof username !== 'string' || !PRINTABLE.test(username) || username.includes(':')) {
    throw new TypeError('username must be printable ASCII without a colon');
  }
  if (typeof password !== 'string' || !PRINTABLE.test(password)) {
    throw new TypeError('password must be printable ASCII');
  }
  if (username.length + password.length >= AUTH_BYTES_MAX) {
    throw new TypeError(`username and password must have less than ${AUTH_BYTES_MAX} characters`);
  }
  if (widgetSecret !== undefined && (typeof widgetSecret !== 'string' || widgetSecret === '')) {
    throw new TypeError('widgetSecret must be a text');
  }
  const given = addresses(options.endpoint ?? process.env['RINGPROOF_ENDPOINT'] ?? []);
  return {
    username,
    password,
    widgetSecret,
    endpoints: given.map((address) => endpoint(address, options.allowPlainHttp === true)),
    timeoutMs: timeout('timeoutMs', options.timeoutMs ?? TIMEOUT_MS),
    connectTimeoutMs: timeout('connectTimeoutMs', options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
    retries: whole('retries', options.retries ?? RETRIES, 0, RETRIES_MAX),
    ca: options.ca,
  };
}

/**
 * @param {string} name
 * @param {number} milliseconds
 * @returns {number}
 */
export function timeout(name, milliseconds) {
  return whole(name, milliseconds, 1, TIMEOUT_MS_MAX);
}

/**
 * @param {string | readonly string[]} given
 * @returns {readonly string[]}
 */
function addresses(given) {
  const list = typeof given === 'string' ? given.split(/[\s,]+/).filter((part) => part !== '') : given;
  return list.length === 0 ? [LOCAL] : list;
}

/**
 * An address without its last `/` and `/v1`. The messages do not repeat it: a password may stand in
 * it.
 *
 * @param {unknown} address
 * @param {boolean} allowPlainHttp
 * @returns {string}
 */
function endpoint(address, allowPlainHttp) {
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TypeError('endpoint must be an address that begins with https:// or http://');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('endpoint must have no user name, query or fragment');
  }
  if (url.protocol === 'http:' && !allowPlainHttp && !LOOPBACK.test(url.hostname)) {
    throw new TypeError('endpoint must begin with https://, or say allowPlainHttp: true');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
  return url.origin + path;
}

/**
 * @param {string} name
 * @param {number} value
 * @param {number} min
 * @param {number} max
 * @returns {number}
 */
function whole(name, value, min, max) {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}
