// The same service in another authenticator. Its secret is another one than this
// device's; it is shown once, and gone from the page when the view is.

import { callSigned } from '../api.js';
import { announce, copyText, el, setText } from '../dom.js';
import { sentenceFor } from '../refusals.js';
import { thisDevice } from '../session.js';
import { text } from '../text.js';
import { fieldForm } from './form.js';

/** @typedef {{authenticator: string, uri: string, qr_svg: string}} Created */

/** @param {string} uri `otpauth://…` */
function secretIn(uri) {
  return new URL(uri).searchParams.get('secret') ?? '';
}

/** @param {string} secret */
function secretLine(secret) {
  const shown = el('code', { class: 'secret', dir: 'ltr' }, secret.match(/.{1,4}/g)?.join(' ') ?? '');
  const button = el('button', { type: 'button', onclick: () => void copy() }, text('act.copy'));
  async function copy() {
    const isCopied = await copyText(secret);
    if (!isCopied) getSelection()?.selectAllChildren(shown);
    const words = text(isCopied ? 'act.copied' : 'act.selected');
    setText(button, words);
    announce(words);
  }
  return el('div', { class: 'secret-line' }, shown, button);
}

/**
 * @param {import('../wire.js').Entry} entry
 * @param {Created} created
 * @param {() => void} done
 */
function shownOnce(entry, { authenticator, uri, qr_svg: picture }, done) {
  const form = fieldForm({
    label: text('other.code'),
    action: text('other.confirm'),
    field: { type: 'text', autocomplete: 'off', inputmode: 'numeric', class: 'digits', dir: 'ltr', maxlength: 8,
      name: 'code' },
    act: async (typed) => {
      const code = typed.replace(/\D/g, '');
      await callSigned(thisDevice(), 'other/confirm', { entry: entry.id, authenticator, code });
      done();
    },
  });
  const src = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  return {
    element: el('div', { class: 'once' },
      el('p', {}, text('other.scan')),
      el('img', { class: 'qr', src, alt: text('other.picture'), width: 240, height: 240 }),
      el('p', {}, text('other.type')), secretLine(secretIn(uri)),
      el('p', { class: 'hint' }, text('other.careful')), form.element),
    field: form.field,
  };
}

/** @param {import('../wire.js').Entry} entry */
export function otherAuthenticator(entry) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const start = el('button', { type: 'button', onclick: () => void create() }, text('other.show'));
  const place = el('div', {}, start, problem);
  let isBusy = false;

  async function create() {
    if (isBusy) return;
    isBusy = true;
    setText(problem, '');
    try {
      const created = await callSigned(thisDevice(), 'other/create', { entry: entry.id, name: text('other.name') });
      const once = shownOnce(entry, created, () => {
        announce(text('other.done'));
        place.replaceChildren(el('p', { class: 'done' }, text('other.done')));
      });
      place.replaceChildren(once.element);
      heading.focus();
    } catch (error) {
      setText(problem, sentenceFor(error));
    }
    isBusy = false;
  }

  const heading = el('h2', { tabindex: '-1' }, text('other.title'));
  const element = el('section', { class: 'panel' }, heading, el('p', {}, text('other.lead')), place);
  return { element, close: () => place.replaceChildren() };
}
