// The pages on which a number and a code are asked for. All of it works without this
// script; with it, it is easier.

import { codeField } from './code_field.js';
import { countDown } from './countdown.js';
import { guard, isLeaving, send, workOf } from './forms.js';
import { liveInFrame } from './frame.js';
import { announce, byId, formOf, inputOf } from './page.js';
import { phoneField } from './phone_field.js';

/** The work for another message begins so long before it can be asked for. */
const WORK_SECONDS = 10;

function numberStep() {
  const form = formOf('number');
  if (!form) return;
  const [input, select] = [inputOf('phone'), byId('country')];
  if (input && select instanceof HTMLSelectElement) phoneField(input, select);
  const work = workOf(form);
  guard(form, { work });
  work?.begin();
}

function codeStep() {
  const form = formOf('code-form');
  const [input, expires] = [inputOf('code'), byId('expires')];
  if (!form || !input || !expires) return;
  codeField(input);
  guard(form, { isFilled: ({ value, maxLength }) => value.length === maxLength });
  countDown(expires, { end: () => { if (!isLeaving()) location.reload(); } });
}

function resendStep() {
  const form = formOf('resend');
  const again = byId('again');
  const button = form?.querySelector('button');
  if (!form || !again || !button) return;
  let isTime = !(Number(again.dataset.seconds) > 0);
  form.addEventListener('submit', (event) => {
    if (!isTime) event.preventDefault();
  });
  const work = workOf(form);
  guard(form, { work });
  if (isTime) return;
  button.setAttribute('aria-disabled', 'true');
  countDown(again, {
    tick: (left) => { if (left <= WORK_SECONDS) work?.begin(); },
    end: () => {
      isTime = true;
      button.removeAttribute('aria-disabled');
      announce(again.dataset.over ?? '');
    },
  });
}

numberStep();
codeStep();
resendStep();
for (const form of document.querySelectorAll('.acts form')) {
  if (form instanceof HTMLFormElement) guard(form);
}
liveInFrame(() => {
  const form = formOf('cancel');
  if (form) send(form);
});

// A page that was kept while another one was shown may be over by now.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
