// The ring that empties while a code grows old.

import { setText, svg } from '../dom.js';

/** From here on the code is about to change. */
export const SOON_MS = 5_000;
const CALM = matchMedia('(prefers-reduced-motion: reduce)');

export class Ring {
  #left = svg('circle', { class: 'ring-left', cx: 22, cy: 22, r: 19, pathLength: 1 });
  #seconds = svg('text', { class: 'ring-seconds', x: 22, y: 22 });
  /** @type {Animation | undefined} */
  #motion;
  element = svg('svg', { class: 'ring', viewBox: '0 0 44 44', 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { class: 'ring-track', cx: 22, cy: 22, r: 19 }), this.#left, this.#seconds);

  /**
   * Empties from here on, smoothly unless the person wants things to be calm.
   * @param {number} leftMs
   * @param {number} periodMs
   */
  start(leftMs, periodMs) {
    this.#motion?.cancel();
    if (CALM.matches) return;
    const from = 1 - leftMs / periodMs;
    this.#motion = this.#left.animate(
      [{ strokeDashoffset: String(from) }, { strokeDashoffset: '1' }], { duration: leftMs, fill: 'forwards' },
    );
  }

  /**
   * @param {number} leftMs
   * @param {number} periodMs
   */
  show(leftMs, periodMs) {
    setText(this.#seconds, String(Math.ceil(leftMs / 1_000)));
    this.element.classList.toggle('soon', leftMs <= SOON_MS);
    if (CALM.matches) this.#left.style.strokeDashoffset = String(1 - leftMs / periodMs);
  }
}
