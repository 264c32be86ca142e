// Asks before something is done that cannot be undone.

import { el, setText } from '../dom.js';
import { sentenceFor } from '../refusals.js';
import { text } from '../text.js';

/**
 * @param {object} parts
 * @param {string} parts.title
 * @param {string} parts.body
 * @param {string} parts.action
 * @param {() => Promise<void>} parts.act a rejection is shown, and the dialog stays
 * @returns {Promise<boolean>} whether it was done
 */
export function askFirst({ title, body, action, act }) {
  return new Promise((resolve) => {
    let isDone = false;
    let isBusy = false;
    const problem = el('p', { class: 'problem', role: 'alert' });
    const close = () => dialog.close();
    async function run() {
      if (isBusy) return;
      isBusy = true;
      setText(problem, '');
      try {
        await act();
        isDone = true;
        close();
      } catch (error) {
        setText(problem, sentenceFor(error));
      }
      isBusy = false;
    }
    const dialog = el('dialog', {
      class: 'dialog', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-body',
      onclose: () => { dialog.remove(); resolve(isDone); },
    },
      el('h2', { id: 'dialog-title' }, title), el('p', { id: 'dialog-body' }, body), problem,
      el('div', { class: 'acts' },
        el('button', { type: 'button', onclick: close, autofocus: true }, text('act.cancel')),
        el('button', { type: 'button', class: 'danger', onclick: () => void run() }, action)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
