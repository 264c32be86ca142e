// The field for the number: grouped while it is typed, in the way of its country. What
// is typed stays; only what stands between the digits is the page's.

import { caretAfter, digitsOf, plainDigits, signsBefore } from './digits.js';
import { international, national } from './grouping.js';

/** @typedef {import('./grouping.js').Grouping} Grouping */

/** What numbers are written with. Anything else is left alone, and the server says so. */
const NUMBER = /^[0-9\s().+/-]*$/;

/** @type {Map<string, Grouping>} */
const known = new Map();

/** @param {string} country */
async function load(country) {
  if (country === '' || known.has(country)) return;
  const answer = await fetch(`/widget/formats/${country}.json`).catch(() => undefined);
  if (answer?.ok) known.set(country, await answer.json());
}

/**
 * The country whose calling code the digits begin with. The one that is chosen already
 * stays where several share a code.
 * @param {HTMLSelectElement} select
 * @param {string} digits
 */
function optionOf(select, digits) {
  const begins = (/** @type {HTMLOptionElement} */ option) => {
    const { code } = option.dataset;
    return code !== undefined && digits.startsWith(code);
  };
  const chosen = select.selectedOptions[0];
  if (chosen && begins(chosen)) return chosen;
  const fitting = [...select.options].filter(begins);
  return fitting.find((option) => option.dataset.leads !== undefined) ?? fitting[0];
}

/**
 * The text as it is to stand in the field, and the country that it belongs to.
 * @param {HTMLSelectElement} select
 * @param {string} text
 * @param {boolean} isWhole
 */
function written(select, text, isWhole) {
  const digits = digitsOf(text);
  if (!/^\s*(\+|00)/.test(text)) {
    const grouping = known.get(select.value);
    return { text: grouping ? national(grouping, digits, isWhole) : text, country: select.value };
  }
  const isPlus = text.trim().startsWith('+');
  const option = optionOf(select, isPlus ? digits : digits.slice(2));
  const country = option?.value ?? select.value;
  const grouping = option && known.get(country);
  return { text: grouping && isPlus ? international(grouping, digits, isWhole) : text, country };
}

/**
 * Deleting what stands between two digits deletes the digit beside it.
 * @param {string} before
 * @param {string} text
 * @param {number} caret
 * @param {string} inputType
 * @returns {[string, number]}
 */
function deleted(before, text, caret, inputType) {
  const isSame = inputType.startsWith('deleteContent') && before !== text && digitsOf(before) === digitsOf(text);
  if (!isSame || text.includes('+') !== before.includes('+')) return [text, caret];
  if (inputType.endsWith('Forward')) return [text.slice(0, caret) + text.slice(caret).replace(/[0-9]/, ''), caret];
  const head = text.slice(0, caret).replace(/[0-9](?=[^0-9]*$)/, '');
  return [head + text.slice(caret), head.length];
}

/**
 * Puts a text into the field, with the caret behind the same digit.
 * @param {HTMLInputElement} input
 * @param {string} text
 * @param {number} signs
 */
function put(input, text, signs) {
  if (input.value === text) return;
  input.value = text;
  if (document.activeElement !== input) return;
  const caret = caretAfter(text, signs);
  input.setSelectionRange(caret, caret);
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLSelectElement} select
 */
export function phoneField(input, select) {
  let before = input.value;

  /** @param {{inputType?: string, isWhole?: boolean}} [how] */
  const format = ({ inputType = '', isWhole = false } = {}) => {
    const typed = plainDigits(input.value);
    const atCaret = input.selectionStart ?? typed.length;
    if (!NUMBER.test(typed)) {
      before = input.value;
      return;
    }
    const [text, caret] = deleted(before, typed, atCaret, inputType);
    const { text: next, country } = written(select, text, isWhole);
    if (country !== select.value) select.value = country;
    if (!known.has(country)) void load(country).then(() => known.has(country) && format());
    put(input, next, signsBefore(text, caret));
    before = input.value;
  };

  input.addEventListener('input', (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    format({ inputType: event instanceof InputEvent ? event.inputType : '' });
  });
  input.addEventListener('change', () => format({ isWhole: true }));
  let code = select.selectedOptions[0]?.dataset.code;
  select.addEventListener('change', () => {
    const next = select.selectedOptions[0]?.dataset.code;
    // A number that names its country goes with the country.
    const text = plainDigits(input.value).trim();
    if (text.startsWith('+') && next !== undefined && digitsOf(text).startsWith(code ?? '')) {
      input.value = `+${next}${digitsOf(text).slice((code ?? '').length)}`;
    }
    code = next;
    format();
  });
  input.addEventListener('input', () => { code = select.selectedOptions[0]?.dataset.code; });
  format({ isWhole: true });
}
