// The choice of the language; once made by hand it stays.

import { el } from '../dom.js';
import { changeSettings } from '../store.js';
import { LANGUAGES, currentLanguage, speak, text } from '../text.js';

/** @param {() => void} again shows the view anew */
export function languageChoice(again) {
  const select = el('select', { id: 'language', onchange: () => void choose() },
    ...Object.entries(LANGUAGES).map(([tag, name]) => (
      el('option', { value: tag, lang: tag, selected: tag === currentLanguage() }, name))));

  async function choose() {
    const wanted = /** @type {import('../text.js').Language} */ (select.value);
    await speak(wanted);
    await changeSettings({ language: wanted });
    again();
    document.getElementById('language')?.focus();
  }

  return el('div', { class: 'language' }, el('label', { for: 'language' }, text('settings.language')), select);
}
