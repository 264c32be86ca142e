// One code: whose it is, the digits, how long they are good, and a tap to copy them.

import { announce, copyText, el, setText } from '../dom.js';
import { icon } from '../icons.js';
import { serverNow, session } from '../session.js';
import { text } from '../text.js';
import { codeOf, grouped, leftMs, stepAt } from '../totp.js';
import { Ring, SOON_MS } from './ring.js';

/** @typedef {import('../wire.js').Entry} Entry */

const FEEDBACK_MS = 2_000;
/** Stands in the digits' place until the key is here. */
const NO_CODE = '–––\u00a0–––';

export class Card {
  #issuer = el('bdi', { class: 'card-issuer' });
  #account = el('bdi', { class: 'card-account' });
  #digits = el('span', { class: 'code', dir: 'ltr', 'aria-hidden': 'true' });
  #spoken = el('span', { class: 'visually-hidden' });
  #next = el('span', { class: 'card-next', dir: 'ltr', 'aria-hidden': 'true' });
  #asked = el('span', { class: 'card-asked' });
  #ring = new Ring();
  #entry;
  /** The key and the step that the digits belong to. @type {CryptoKey | undefined} */
  #key;
  #step = -1;
  #code = '';

  /**
   * @param {Entry} entry
   * @param {{isAlone?: boolean}} [place] not in a list but on the page of its entry, which names it
   */
  constructor(entry, { isAlone = false } = {}) {
    this.#entry = entry;
    const names = el('span', { class: isAlone ? 'visually-hidden' : 'card-names' }, this.#issuer, this.#account);
    this.button = el('button', { type: 'button', class: 'card-copy', onclick: () => void this.#copy() },
      names, this.#asked,
      el('span', { class: 'card-row' },
        this.#digits, this.#spoken, this.#ring.element, this.#next));
    this.more = el('a', { class: 'card-more', href: `#details=${encodeURIComponent(entry.id)}` }, icon('more'));
    this.element = el(isAlone ? 'div' : 'li', { class: 'card', 'data-entry': entry.id }, this.button,
      isAlone ? null : this.more);
    this.set(entry, false);
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isAsked a login waits for this code
   */
  set(entry, isAsked) {
    this.#entry = entry;
    setText(this.#issuer, entry.issuer);
    setText(this.#account, entry.account);
    setText(this.#asked, isAsked ? text('codes.asked') : '');
    this.element.classList.toggle('asked', isAsked);
    this.more.setAttribute('aria-label', text('codes.details', { issuer: entry.issuer }));
  }

  /** Shows what is right at this moment. */
  tick() {
    const now = serverNow();
    const { id, period, digits } = this.#entry;
    const [key, step, left] = [session.seeds.get(id), stepAt(now, period), leftMs(now, period)];
    this.#ring.show(left, period * 1_000);
    if (key !== this.#key || step !== this.#step) {
      this.#key = key;
      this.#step = step;
      this.#ring.start(left, period * 1_000);
      setText(this.#next, '');
      void this.#compute(key, step, digits);
    } else if (key && left <= SOON_MS && this.#next.textContent === '' && !this.element.dataset.copied) {
      void codeOf(key, step + 1, digits).then((code) => {
        if (this.#step === step) setText(this.#next, text('codes.next', { code: grouped(code) }));
      });
    }
  }

  /**
   * @param {CryptoKey | undefined} key
   * @param {number} step
   * @param {number} digits
   */
  async #compute(key, step, digits) {
    const code = key ? await codeOf(key, step, digits) : '';
    if (key !== this.#key || step !== this.#step) return;
    this.#code = code;
    setText(this.#digits, code ? grouped(code) : NO_CODE);
    setText(this.#spoken, code ? [...code].join(' ') : text('codes.no_key'));
    this.button.toggleAttribute('data-ready', code !== '');
  }

  async #copy() {
    if (!this.#code) return announce(text('codes.no_key'));
    const isCopied = await copyText(this.#code);
    if (!isCopied) getSelection()?.selectAllChildren(this.#digits);
    const words = text(isCopied ? 'act.copied' : 'act.selected');
    announce(`${words} ${this.#entry.issuer}: ${grouped(this.#code)}`);
    setText(this.#next, words);
    this.element.dataset.copied = '';
    setTimeout(() => {
      delete this.element.dataset.copied;
      if (this.#next.textContent === words) setText(this.#next, '');
    }, FEEDBACK_MS);
  }
}

/**
 * Lets cards tick at the start of every second of the server.
 * @param {() => Iterable<Card>} cards
 * @returns {() => void} ends it
 */
export function tickEverySecond(cards) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  function tick() {
    for (const card of cards()) card.tick();
    clearTimeout(timer);
    timer = setTimeout(tick, 1_000 - (serverNow() % 1_000));
  }
  document.addEventListener('visibilitychange', tick);
  timer = setTimeout(tick);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}
