// The list of codes.

import { announce, el, setText } from '../dom.js';
import { icon } from '../icons.js';
import { serverNow, session } from '../session.js';
import { alphabetically, listed, text } from '../text.js';
import { Card, tickEverySecond } from './card.js';
import { pushOffer } from './push_switch.js';

/** @typedef {import('../wire.js').Entry} Entry */

function emptyState() {
  return el('div', { class: 'empty' }, icon('codes'),
    el('h2', {}, text('codes.empty_title')), el('p', {}, text('codes.empty_body')));
}

/** The entries that a login waits for. */
function askedEntries() {
  const now = serverNow();
  const prompts = session.state?.prompts ?? [];
  return new Set(prompts.filter((prompt) => prompt.expires_at > now).map((prompt) => prompt.entry));
}

/**
 * What a login waits for comes first, the rest by name.
 * @param {Set<string>} asked
 * @returns {Entry[]}
 */
function inOrder(asked) {
  const compare = alphabetically();
  return [...(session.state?.entries ?? [])].sort((left, right) => (
    Number(asked.has(right.id)) - Number(asked.has(left.id))
    || compare(left.issuer, right.issuer) || compare(left.account, right.account)
    || compare(left.id, right.id)
  ));
}

/**
 * Puts the elements in this order without taking any of them, and its focus, off the page for nothing.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} wanted
 */
function arrange(list, wanted) {
  const stays = new Set(wanted);
  for (const item of [...list.children]) if (!stays.has(/** @type {HTMLElement} */ (item))) item.remove();
  wanted.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
}

/** @returns {import('../shell.js').View} */
export function codesView() {
  /** @type {Map<string, Card>} */
  const cards = new Map();
  const count = el('p', { class: 'lead' });
  const list = el('ul', { class: 'cards', role: 'list' });
  const empty = emptyState();
  const offer = pushOffer();
  const element = el('div', { class: 'view' },
    el('div', { class: 'view-head' }, el('h1', {}, text('codes.title')), count), offer.element, list, empty);
  let isFilled = false;

  function renew() {
    if (!session.state) return;
    const asked = askedEntries();
    const entries = inOrder(asked);
    const fresh = entries.filter((entry) => !cards.has(entry.id));
    for (const id of [...cards.keys()]) if (!entries.some((entry) => entry.id === id)) cards.delete(id);
    for (const entry of fresh) cards.set(entry.id, new Card(entry));
    const shown = entries.map((entry) => {
      const card = /** @type {Card} */ (cards.get(entry.id));
      card.set(entry, asked.has(entry.id));
      card.tick();
      return card.element;
    });
    arrange(list, shown);
    setText(count, entries.length > 0 ? text('codes.count', { count: entries.length }) : '');
    empty.hidden = entries.length > 0;
    if (isFilled && fresh.length > 0) {
      announce(text('codes.added', { names: listed(fresh.map((entry) => entry.issuer)) }));
      for (const entry of fresh) cards.get(entry.id)?.element.classList.add('fresh');
    }
    isFilled = true;
    offer.renew();
    lead();
  }

  /** Leads to the code that a notification spoke of. */
  function lead() {
    const card = session.wantedEntry === undefined ? undefined : cards.get(session.wantedEntry);
    if (!card) return;
    session.wantedEntry = undefined;
    for (const other of cards.values()) other.element.classList.toggle('wanted', other === card);
    // After the view itself has taken the focus.
    requestAnimationFrame(() => {
      card.button.focus();
      card.element.scrollIntoView({ block: 'center' });
    });
  }

  const close = tickEverySecond(() => cards.values());
  return { title: 'codes.title', element, renew, close };
}
