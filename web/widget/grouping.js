// Groups the digits of a phone number as its country writes them, from the table that
// the server made of the number library (`/widget/formats/CC.json`).

import { digitsOf } from './digits.js';

/**
 * @typedef {object} Grouping
 * @property {string} code calling code
 * @property {string} trunk what stands before a number within the country
 * @property {number | null} mobile digits of a mobile number
 * @property {[string, string][]} rows beginning, and a template with a `#` for each digit
 */

/** @param {string} template */
const places = (template) => template.split('#').length - 1;

/**
 * The template of numbers of this length with this beginning: the longest beginning counts.
 * @param {Grouping} grouping
 * @param {string} digits
 * @param {number} length
 */
function templateOf({ rows }, digits, length) {
  let best = /** @type {[string, string] | undefined} */ (undefined);
  for (const row of rows) {
    if (digits.startsWith(row[0]) && places(row[1]) === length && !(best && best[0].length > row[0].length)) best = row;
  }
  return best?.[1];
}

/**
 * The template that the digits are on their way to.
 * @param {Grouping} grouping
 * @param {string} digits
 * @param {boolean} isWhole nothing more is coming
 */
function likelyTemplate(grouping, digits, isWhole) {
  const lengths = [...new Set(grouping.rows.map(([, template]) => places(template)))].sort((a, b) => a - b);
  const longer = lengths.filter((length) => length >= digits.length);
  const mobile = grouping.mobile ?? 0;
  if (!isWhole && mobile > digits.length) longer.unshift(mobile);
  for (const length of longer) {
    const template = templateOf(grouping, digits, length);
    if (template !== undefined) return template;
  }
  return undefined;
}

/**
 * Puts digits into the places; what stands behind the last one comes with the next digit.
 * @param {string} template
 * @param {string} digits
 */
function fill(template, digits) {
  let used = 0;
  let text = '';
  for (const character of template) {
    if (used === digits.length) {
      if (character === ')') text += character;
      break;
    }
    if (character === '#') {
      text += digits.charAt(used);
      used += 1;
    } else {
      text += character;
    }
  }
  return text;
}

/**
 * The digits of a number as it is written within its country. Digits are never
 * added, taken away or moved.
 * @param {Grouping} grouping
 * @param {string} typed digits only
 * @param {boolean} [isWhole]
 */
export function national(grouping, typed, isWhole = false) {
  const { trunk } = grouping;
  const hasTrunk = trunk !== '' && typed.startsWith(trunk);
  const digits = hasTrunk ? typed.slice(trunk.length) : typed;
  if (digits.length < 2) return typed;
  const template = likelyTemplate(grouping, digits, isWhole);
  if (template === undefined) return typed;
  const own = hasTrunk ? template : template.replace(/[0-9]/g, '').replace(/^[^#(]+|\(\)/g, '');
  const text = fill(own, digits);
  if (digitsOf(text) === typed) return text;
  // Written without the trunk prefix, which was typed all the same.
  const besides = hasTrunk ? `${trunk} ${text}` : text;
  return digitsOf(besides) === typed ? besides : typed;
}

/**
 * The digits of a number with `+` and its calling code before them.
 * @param {Grouping} grouping
 * @param {string} typed digits only, with the calling code
 * @param {boolean} [isWhole]
 */
export function international(grouping, typed, isWhole = false) {
  const digits = typed.slice(grouping.code.length);
  if (!typed.startsWith(grouping.code) || digits === '') return `+${typed}`;
  const template = likelyTemplate(grouping, digits, isWhole);
  const own = template?.replace(/[0-9()]/g, '').replace(/^[^#]+/, '').replace(/ {2,}/g, ' ');
  const text = own === undefined || digits.length < 2 ? digits : fill(own, digits);
  return `+${grouping.code} ${digitsOf(text) === digits ? text : digits}`;
}
