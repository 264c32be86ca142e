// The frame around the views: head, ways to the views, and the one that is shown.

import { byId, el } from './dom.js';
import { icon, mark } from './icons.js';
import { listen, session } from './session.js';
import { currentLanguage, direction, text } from './text.js';
import { notice } from './views/notice.js';

/**
 * A view of the app. `renew` is called whenever the session has changed.
 * @typedef {object} View
 * @property {import('./text.js').Word} title
 * @property {HTMLElement} element
 * @property {boolean} [isAlone] without the ways to other views
 * @property {HTMLElement} [focus] takes the focus when the view appears, else its heading does
 * @property {() => void} [renew]
 * @property {() => void} [close]
 */

const PLACES = /** @type {const} */ ([
  ['codes', '#', 'codes.title'], ['devices', '#devices', 'devices.title'], ['settings', '#settings', 'settings.title'],
]);

/** @type {View | undefined} */
let current;
let isFirst = true;
/** What the person is told above every view. @type {HTMLElement | undefined} */
let standing;

/** @param {string} place that is shown */
function places(place) {
  return el('nav', { class: 'places', 'aria-label': text('nav.label') }, ...PLACES.map(([name, href, title]) => {
    const here = name === place ? 'page' : undefined;
    return el('a', { href, class: 'place', 'aria-current': here }, icon(name), el('span', {}, text(title)));
  }));
}

function line() {
  return el('p', { class: 'line', id: 'line', role: 'status' });
}

/** Says how the line to the server is. */
function showLine() {
  const place = document.getElementById('line');
  if (!place) return;
  place.dataset.line = session.line;
  const isOffline = session.line === 'offline' && session.identity && !session.isOutdated;
  const words = isOffline ? text('line.offline') : '';
  if (place.textContent !== words) place.replaceChildren(...(words ? [icon('offline'), el('span', {}, words)] : []));
}

/**
 * @param {View} view
 * @param {string} place
 */
function frame(view, place) {
  const top = el('header', { class: 'top' }, el('div', { class: 'top-in' },
    el('a', { href: '#', class: 'brand' }, mark(), el('span', {}, 'Ringproof')),
    view.isAlone ? null : places(place)));
  return [top, el('main', { id: 'main', class: 'main' }, line(), el('div', { id: 'standing' }), view.element)];
}

/**
 * Shows a view in place of the one before, and moves the focus into it.
 * @param {View} view
 * @param {string} [place] the way that leads there
 */
export function show(view, place = '') {
  current?.close?.();
  current = view;
  document.documentElement.lang = currentLanguage();
  document.documentElement.dir = direction();
  document.title = `${text(view.title)} – Ringproof`;
  byId('app').replaceChildren(...frame(view, place));
  if (standing) byId('standing').replaceChildren(standing);
  showLine();
  view.renew?.();
  const title = heading(view);
  // Who has just opened the page starts at its top.
  if (!isFirst) (view.focus ?? title)?.focus({ preventScroll: view.focus === undefined });
  if (!isFirst && !view.focus) scrollTo(0, 0);
  isFirst = false;
}

/**
 * The heading, which can take the focus but is no stop on the way of the Tab key.
 * @param {View} view
 */
function heading(view) {
  const found = view.element.querySelector('h1');
  found?.setAttribute('tabindex', '-1');
  return found;
}

/**
 * Keeps a notice above every view.
 * @param {string} words
 * @param {string} action
 * @param {() => void} act
 */
export function stand(words, action, act) {
  standing = notice(words, el('button', { type: 'button', class: 'small', onclick: act }, action));
  const place = document.getElementById('standing');
  if (place && place.textContent !== standing.textContent) place.replaceChildren(standing);
}

listen(() => {
  showLine();
  current?.renew?.();
});
