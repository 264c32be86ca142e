// Digits, and where the caret is among them.

/** Zeros of scripts whose digits phones offer to their people; nine others follow each. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10];

/**
 * The text with the digits of other scripts as 0–9.
 * @param {string} text
 */
export function plainDigits(text) {
  return text.replace(/[^\0-\x7f]/g, (character) => {
    const code = character.charCodeAt(0);
    const zero = ZEROS.find((one) => code >= one && code < one + 10);
    if (zero !== undefined) return String(code - zero);
    return character === '\uff0b' ? '+' : character;
  });
}

/**
 * Only the digits of a text.
 * @param {string} text
 */
export function digitsOf(text) {
  return text.replace(/[^0-9]/g, '');
}

/**
 * Where the caret is behind so many signs that count: digits, and a plus.
 * @param {string} text
 * @param {number} signs
 */
export function caretAfter(text, signs) {
  let left = signs;
  for (let index = 0; index < text.length; index += 1) {
    if (left === 0) return index;
    if (/[0-9+]/.test(text.charAt(index))) left -= 1;
  }
  return text.length;
}

/**
 * How many signs that count are before the caret.
 * @param {string} text
 * @param {number} caret
 */
export function signsBefore(text, caret) {
  return text.slice(0, caret).replace(/[^0-9+]/g, '').length;
}
