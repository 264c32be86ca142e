// One service: its code, and the way to use another authenticator for it.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { session } from '../session.js';
import { text } from '../text.js';
import { Card, tickEverySecond } from './card.js';
import { otherAuthenticator } from './other.js';

/**
 * @param {string} id
 * @returns {import('../shell.js').View}
 */
export function entryView(id) {
  const find = () => session.state?.entries.find((entry) => entry.id === id);
  const back = el('a', { class: 'back', href: '#' }, icon('back'), el('span', {}, text('codes.title')));
  const entry = find();
  if (!entry) {
    const element = el('div', { class: 'view narrow' }, back, el('h1', {}, text('entry.gone_title')),
      el('p', {}, text('entry.gone_body')));
    return { title: 'entry.gone_title', element };
  }
  const card = new Card(entry, { isAlone: true });
  const gone = el('p', { class: 'notice', hidden: true }, text('entry.gone_body'));
  const other = otherAuthenticator(entry);
  const element = el('div', { class: 'view narrow' }, back,
    el('div', {}, el('h1', {}, el('bdi', {}, entry.issuer)), el('p', { class: 'lead' }, el('bdi', {}, entry.account))),
    gone, card.element,
    other.element);

  function renew() {
    const now = find();
    gone.hidden = now !== undefined;
    card.element.hidden = now === undefined;
    if (now) card.set(now, false);
  }

  const stop = tickEverySecond(() => [card]);
  return { title: 'entry.title', element, renew, close: () => { stop(); other.close(); } };
}
