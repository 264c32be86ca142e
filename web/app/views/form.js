// A form with one field: most of what a person ever types here.

import { el, setText } from '../dom.js';
import { sentenceFor } from '../refusals.js';

let forms = 0;

/**
 * @typedef {object} FieldForm
 * @property {HTMLFormElement} element
 * @property {HTMLInputElement} field
 * @property {() => void} submit
 * @property {(words: string) => void} complain
 */

/**
 * @param {object} parts
 * @param {string} parts.label
 * @param {string} [parts.hint]
 * @param {string} parts.action words of the button
 * @param {import('../dom.js').Attributes} parts.field
 * @param {(value: string) => Promise<void>} parts.act a rejection is shown as a sentence
 * @param {boolean} [parts.isQuiet] not the main act of the page
 * @returns {FieldForm}
 */
export function fieldForm({ label, hint, action, field: attributes, act, isQuiet = false }) {
  forms += 1;
  const [fieldId, hintId, problemId] = ['field', 'hint', 'problem'].map((part) => `${part}-${forms}`);
  const describedBy = [hint ? hintId : '', problemId].join(' ').trim();
  const field = el('input', { id: fieldId, required: true, 'aria-describedby': describedBy, ...attributes });
  const button = el('button', { type: 'submit', class: isQuiet ? '' : 'main-act' }, action);
  const problem = el('p', { id: problemId, class: 'problem', role: 'alert' });

  /** @param {string} words */
  function complain(words) {
    setText(problem, words);
    field.toggleAttribute('aria-invalid', words !== '');
    if (words !== '') field.setAttribute('aria-invalid', 'true');
  }

  let isBusy = false;
  /** @param {Event} [event] */
  async function submit(event) {
    event?.preventDefault();
    if (isBusy) return;
    isBusy = true;
    button.setAttribute('aria-disabled', 'true');
    complain('');
    try {
      await act(field.value);
    } catch (error) {
      complain(sentenceFor(error));
      field.focus();
      field.select();
    }
    isBusy = false;
    button.removeAttribute('aria-disabled');
  }

  const element = el('form', { class: 'field-form', novalidate: true, onsubmit: submit },
    el('label', { for: fieldId }, label),
    hint ? el('p', { class: 'hint', id: hintId }, hint) : null,
    field, problem, button);
  field.addEventListener('input', () => complain(''));
  return { element, field, submit: () => void submit(), complain };
}
