// Times that come, told by the second. Nothing is read out on the way.

import { setText } from './page.js';

const SECOND_MS = 1_000;

/** @param {number} seconds */
export function clock(seconds) {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/**
 * Counts the seconds down that the server left, and tells each in the element.
 * @param {HTMLElement} element with its sentences in `data-…`
 * @param {{tick?: (left: number) => void, end?: () => void}} [then] `end` is not called for a time
 *   that had come before the page did
 */
export function countDown(element, { tick, end } = {}) {
  const { seconds, sentence = '', in: inTime = '', over = '' } = element.dataset;
  const endMs = Date.now() + Number(seconds) * SECOND_MS;
  if (!(Number(seconds) > 0)) return;
  const show = () => {
    const leftMs = endMs - Date.now();
    const left = Math.max(0, Math.ceil(leftMs / SECOND_MS));
    tick?.(left);
    if (left === 0) {
      setText(element, over);
      end?.();
      return;
    }
    setText(element, sentence.replace('{in}', inTime.replace('{time}', clock(left))));
    setTimeout(show, leftMs - (left - 1) * SECOND_MS);
  };
  show();
}
