// The end: the answer goes back to the site by itself. It goes before the page has
// loaded, so that this page leaves no step behind for the back button.

import { liveInFrame, tell } from './frame.js';

const answer = document.getElementById('answer');

/** @param {HTMLElement} element */
function fieldsOf(element) {
  const fields = [...element.querySelectorAll('input')];
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

// This page answers the post of a code, or of a cancel. A step back to it, or a reload, asks for the page of the
// session instead, which shows the same: the post would come without what it had posted.
const [, session] = /^(.*\/s\/[0-9a-f]{32})\/[a-z]+$/.exec(location.pathname) ?? [];
if (session !== undefined) history.replaceState(null, '', session);

liveInFrame(() => undefined);
if (answer instanceof HTMLFormElement) {
  if (answer.dataset.automatic !== undefined) answer.submit();
} else if (answer) {
  tell({ answer: fieldsOf(answer) });
}
