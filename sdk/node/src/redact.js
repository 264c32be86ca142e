/**
 * Keeps secrets out of what is printed: messages of errors, `util.inspect`, JSON.
 *
 * @module
 */
import { inspect } from 'node:util';
import { MESSAGE_LENGTH_MAX } from './limits.js';

/** What stands where something was left out. */
export const HIDDEN = '[hidden]';

const NUMBERS = /\+?\d[\d ().-]{4,}\d/g;
const CONTROLS = /\p{Cc}+/gu;
/** Shorter texts would take the words of a message apart. */
const SECRET_LENGTH_MIN = 4;

/**
 * A phone number of which only the beginning and the end can be read: `+1202•••••23`.
 *
 * @param {string} number
 * @returns {string}
 */
export function maskedNumber(number) {
  const text = String(number);
  return text.length < 10 ? HIDDEN : `${text.slice(0, 5)}•••••${text.slice(-2)}`;
}

/**
 * A text of the server that may stand in an error: short, on one line, without the secrets given
 * and without whole numbers.
 *
 * @param {unknown} text
 * @param {readonly (string | undefined)[]} secrets
 * @returns {string}
 */
export function scrubbed(text, secrets) {
  let clean = String(text).slice(0, 8 * MESSAGE_LENGTH_MAX).replace(CONTROLS, ' ');
  for (const secret of secrets) {
    if (secret !== undefined && secret.length >= SECRET_LENGTH_MIN) {
      clean = clean.replaceAll(secret, HIDDEN);
    }
  }
  clean = clean.replace(NUMBERS, HIDDEN);
  return clean.length > MESSAGE_LENGTH_MAX ? `${clean.slice(0, MESSAGE_LENGTH_MAX)}…` : clean;
}

/**
 * An object that shows itself, printed and as JSON, without what is not to be seen. Extend it, and
 * say in `visible` what may be.
 */
export class Discreet {
  /**
   * What may be seen of it.
   *
   * @protected
   * @returns {object}
   */
  visible() {
    return {};
  }

  /** What JSON has of it. */
  toJSON() {
    return this.visible();
  }

  /**
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   * @returns {string}
   */
  [inspect.custom](_depth, options) {
    return `${this.constructor.name} ${inspect(this.visible(), options)}`;
  }
}
