// Forms are sent once, and with the work that the message costs.

import { announce, complain, setText } from './page.js';
import { solve } from './work.js';

/** Forms that are on their way. */
const sent = new WeakSet();

/** Whether something is on its way to the server. */
export const isLeaving = () => [...document.forms].some((form) => sent.has(form));

/**
 * Sends a form as a press of its button does.
 * @param {HTMLFormElement} form
 */
export function send(form) {
  if (form.requestSubmit) form.requestSubmit();
  else form.querySelector('button')?.click();
}

/**
 * The button says that it works, and takes no second press.
 * @param {HTMLFormElement} form
 */
function wait(form) {
  const button = form.querySelector('button');
  const words = button?.dataset.wait;
  if (!button) return;
  button.setAttribute('aria-disabled', 'true');
  if (words === undefined || button.dataset.act !== undefined) return;
  button.dataset.act = button.textContent ?? '';
  setText(button, words);
  announce(words);
}

/**
 * The button can be pressed again.
 * @param {HTMLFormElement} form
 */
function ready(form) {
  const button = form.querySelector('button');
  if (button?.dataset.act === undefined) return;
  button.removeAttribute('aria-disabled');
  setText(button, button.dataset.act);
  delete button.dataset.act;
}

/**
 * Watches a form: what is missing is asked for before it is sent, the work is done, and
 * it is sent once.
 * @param {HTMLFormElement} form
 * @param {{isFilled?: (input: HTMLInputElement) => boolean, work?: Work | undefined}} [needs]
 */
export function guard(form, { isFilled = (input) => input.value.trim() !== '', work } = {}) {
  form.addEventListener('submit', (event) => {
    const input = form.querySelector('input[data-missing]');
    if (event.defaultPrevented) return;
    if (sent.has(form)) {
      event.preventDefault();
    } else if (input instanceof HTMLInputElement && !isFilled(input)) {
      event.preventDefault();
      ready(form);
      complain(input, input.dataset.missing ?? '');
    } else if (work && !work.isDone()) {
      event.preventDefault();
      wait(form);
      work.begin(() => send(form));
    } else {
      sent.add(form);
      wait(form);
    }
  });
}

/**
 * @typedef {object} Work
 * @property {() => boolean} isDone
 * @property {(then?: () => void) => void} begin may be called again; the last `then` counts
 */

/**
 * The work that a form pays with. It begins when it is told to, once.
 * @param {HTMLFormElement} form
 * @returns {Work | undefined} nothing, where the form asks for none
 */
export function workOf(form) {
  const field = (/** @type {string} */ name) => form.querySelector(`input[name=${name}]`);
  const [challenge, solution] = [field('challenge'), field('solution')];
  if (!(challenge instanceof HTMLInputElement) || !(solution instanceof HTMLInputElement)) return undefined;
  let isBegun = false;
  let isDone = false;
  let next = () => {};
  return {
    isDone: () => isDone,
    begin: (then) => {
      next = then ?? next;
      if (isBegun) return;
      isBegun = true;
      void solve(challenge.value).then((answer) => {
        solution.value = answer;
        isDone = true;
        next();
      });
    },
  };
}
