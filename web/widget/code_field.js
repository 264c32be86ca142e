// The field for the code. It sends itself only when the code came in one piece: whoever
// types can still correct.

import { digitsOf, plainDigits } from './digits.js';
import { send } from './forms.js';

/**
 * The code in a text: a run of digits of its length, or all digits that there are.
 * @param {string} text
 * @param {number} length
 */
export function codeIn(text, length) {
  const plain = plainDigits(text);
  const run = plain.match(/[0-9]+/g)?.find((one) => one.length === length);
  return run ?? digitsOf(plain).slice(0, length);
}

/**
 * Takes the code out of the message where the browser offers it (WebOTP).
 * @param {(code: string) => void} take
 * @param {AbortSignal} signal
 */
function listen(take, signal) {
  if (!('OTPCredential' in window)) return;
  const wanted = /** @type {CredentialRequestOptions} */ ({ otp: { transport: ['sms'] }, signal });
  navigator.credentials.get(wanted).then(
    (credential) => {
      if (credential && 'code' in credential) take(String(credential.code));
    },
    // Nobody gave one, or the page may not ask: the person types it.
    () => undefined,
  );
}

/** @param {HTMLInputElement} input */
export function codeField(input) {
  const length = input.maxLength;
  const form = /** @type {HTMLFormElement} */ (input.form);
  let before = input.value;

  /** @param {string} text */
  const take = (text) => {
    input.value = codeIn(text, length);
    before = input.value;
    if (before.length === length) send(form);
  };

  // A longer text would be cut off before its code.
  input.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text') ?? '';
    if (codeIn(text, length).length !== length) return;
    event.preventDefault();
    take(text);
  });
  input.addEventListener('input', (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    const digits = digitsOf(plainDigits(input.value));
    const added = digits.length - before.length;
    before = digits;
    if (digits !== input.value) input.value = digits;
    if (digits.length === length && added > 1) send(form);
  });
  const leaving = new AbortController();
  form.addEventListener('submit', () => leaving.abort());
  listen(take, leaving.signal);
}
