// Settings: notifications, language, storage, leaving.

import { el, setText } from '../dom.js';
import { text } from '../text.js';
import { languageChoice } from './language.js';
import { pushSection } from './push_switch.js';
import { askSignOut } from './sign_out.js';

/**
 * @param {() => void} again shows the view anew, in another language
 * @returns {import('../shell.js').View}
 */
export function settingsView(again) {
  const push = pushSection();
  const storage = el('p', {});
  void navigator.storage?.persisted?.().then((isKept) => {
    setText(storage, text(isKept ? 'settings.storage_kept' : 'settings.storage_loose'));
  });
  const element = el('div', { class: 'view narrow' },
    el('h1', {}, text('settings.title')),
    push.element,
    el('section', { class: 'panel' }, languageChoice(again)),
    el('section', { class: 'panel' }, el('h2', {}, text('settings.storage')), storage),
    el('section', { class: 'panel' }, el('h2', {}, text('leave.heading')), el('p', {}, text('leave.body')),
      el('button', { type: 'button', class: 'danger', onclick: () => void askSignOut() }, text('leave.action'))));
  return { title: 'settings.title', element, renew: push.renew };
}
