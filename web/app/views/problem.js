// Why the app cannot work here, and what helps.

import { el } from '../dom.js';
import { text } from '../text.js';

/**
 * @param {import('../text.js').Word} word
 * @returns {import('../shell.js').View}
 */
export function problemView(word) {
  const element = el('div', { class: 'view narrow', role: 'alert' }, el('h1', {}, text('problem.title')),
    el('p', { class: 'lead' }, text(word)));
  return { title: 'problem.title', element, isAlone: true };
}
