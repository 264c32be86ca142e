// A sentence that stands out.

import { el } from '../dom.js';

/**
 * @param {string} words
 * @param {...HTMLElement} actions
 */
export function notice(words, ...actions) {
  return el('div', { class: 'notice' }, el('p', {}, words), ...actions);
}
