// The PIN from the text message.

import { callSigned } from '../api.js';
import { announce, el, setText } from '../dom.js';
import { publicKeys } from '../keys.js';
import { sentenceFor } from '../refusals.js';
import { becomeDevice } from '../store.js';
import { currentLanguage, text } from '../text.js';
import { deviceName } from './device.js';
import { fieldForm } from './form.js';
import { startEnrolment } from './welcome.js';

/** @typedef {import('../store.js').Enrolment} Enrolment */

const PIN_DIGITS = 6;
/** The cool-down of every code; the server holds it too. */
const RESEND_MS = 30_000;

/**
 * @param {Enrolment} enrolment
 * @param {string} pin
 */
async function finish(enrolment, pin) {
  const { id, keys } = enrolment;
  const answer = await callSigned({ id: null, keys }, 'enrol/finish', {
    enrolment: id, pin, name: deviceName(), language: currentLanguage(), ...(await publicKeys(keys)),
  });
  await becomeDevice({ id: answer.device, keys });
}

/**
 * Sends the PIN once more, when that may be.
 * @param {() => Enrolment} current
 * @param {(enrolment: Enrolment) => void} renewed
 */
function resend(current, renewed) {
  const button = el('button', { type: 'button', class: 'plain', onclick: () => void again() });
  const problem = el('p', { class: 'problem', role: 'alert' });
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;

  function countDown() {
    clearTimeout(timer);
    const left = Math.ceil((current().sentAtMs + RESEND_MS - Date.now()) / 1_000);
    const isOpen = left <= 0 || left > RESEND_MS / 1_000;
    setText(button, isOpen ? text('pin.resend') : text('pin.resend_in', { seconds: left }));
    button.disabled = !isOpen;
    if (!isOpen) timer = setTimeout(countDown, 250);
  }

  async function again() {
    setText(problem, '');
    try {
      renewed(await startEnrolment(current().phone, current()));
      announce(text('pin.resent'));
    } catch (error) {
      setText(problem, sentenceFor(error));
    }
    countDown();
  }

  countDown();
  return { element: el('div', {}, button, problem), close: () => clearTimeout(timer) };
}

/**
 * @param {object} parts
 * @param {Enrolment} parts.enrolment
 * @param {() => void} parts.done this browser is a device now
 * @param {(phone: string) => void} parts.back to another number
 * @returns {import('../shell.js').View}
 */
export function pinView({ enrolment: first, done, back }) {
  let enrolment = first;
  const form = fieldForm({
    label: text('pin.label'),
    action: text('pin.confirm'),
    field: {
      type: 'text', name: 'pin', autocomplete: 'one-time-code', inputmode: 'numeric', class: 'digits',
      maxlength: PIN_DIGITS + 2, dir: 'ltr', spellcheck: 'false', autocapitalize: 'off',
    },
    act: async (typed) => {
      await finish(enrolment, typed.replace(/\D/g, ''));
      done();
    },
  });
  form.field.addEventListener('input', () => {
    if (form.field.value.replace(/\D/g, '').length === PIN_DIGITS) form.submit();
  });
  const repeat = resend(() => enrolment, (renewed) => {
    enrolment = renewed;
    form.field.value = '';
    form.field.focus();
  });
  const [before, after] = text('pin.sent', { phone: '\n' }).split('\n');
  const element = el('div', { class: 'view narrow' },
    el('h1', {}, text('pin.title')),
    el('p', { class: 'lead' }, before ?? '', el('bdi', { class: 'phone', dir: 'ltr' }, enrolment.phone), after ?? ''),
    form.element,
    el('div', { class: 'asides' }, repeat.element,
      el('button', { type: 'button', class: 'plain', onclick: () => back(enrolment.phone) }, text('pin.change'))));
  return { title: 'pin.title', element, isAlone: true, focus: form.field, close: repeat.close };
}
