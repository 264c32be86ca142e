// The end: the answer goes back to the site by itself. It goes before the page has
// loaded, so that this page leaves no step behind for the back button.

import { liveInFrame, tell } from './frame.js';

const answer = document.getElementById('answer');

/** @param {HTMLElement} element */
function fieldsOf(element) {
  const fields = [...element.querySelectorAll('input')];
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

liveInFrame(() => undefined);
if (answer instanceof HTMLFormElement) {
  if (answer.dataset.automatic !== undefined) answer.submit();
} else if (answer) {
  tell({ answer: fieldsOf(answer) });
}
