// The page in a frame: it tells the page around it how high it is, and is told when the
// person wants to leave. Both know each other by their origins.

/** @typedef {{height?: number, over?: boolean, close?: boolean, answer?: Record<string, string>}} News */

/** The origin of the page around this one; `undefined` outside of a frame. */
const parentOrigin = document.body.dataset.parent;

/**
 * @param {News} news
 */
export function tell(news) {
  if (parentOrigin !== undefined) window.parent.postMessage({ ringproof: 1, ...news }, parentOrigin);
}

/**
 * Keeps the page around this one informed.
 * @param {() => void} cancel
 */
export function liveInFrame(cancel) {
  if (parentOrigin === undefined) return;
  const over = document.body.dataset.over !== undefined;
  const card = document.querySelector('.card') ?? document.body;
  const measure = () => tell({ height: Math.ceil(card.getBoundingClientRect().height), over });
  new ResizeObserver(measure).observe(card);
  measure();
  addEventListener('message', ({ source, origin, data }) => {
    const isParent = source === window.parent && origin === parentOrigin;
    if (isParent && data?.ringproof === 1 && data.cancel === true) cancel();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) tell({ close: true });
  });
  // A frame of another origin gets no focus by an attribute.
  const wanted = document.querySelector('[data-focus]');
  if (wanted instanceof HTMLElement) wanted.focus();
}
