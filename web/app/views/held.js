// A new device of a number that has one already: it waits to be let in.

import { callSigned } from '../api.js';
import { el, setText } from '../dom.js';
import { sentenceFor } from '../refusals.js';
import { serverNow, session, thisDevice } from '../session.js';
import { clockTime, dayAndTime, text } from '../text.js';
import { grouped } from '../totp.js';
import { languageChoice } from './language.js';
import { askSignOut } from './sign_out.js';

/**
 * @param {() => void} again shows the view anew, in another language
 * @returns {import('../shell.js').View}
 */
export function heldView(again) {
  const code = el('output', { class: 'code code-transfer', dir: 'ltr' });
  const life = el('p', { class: 'hint' });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const end = el('p', {});
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;

  /** Shows a code, and another when that one is over. */
  async function renewCode() {
    clearTimeout(timer);
    setText(problem, '');
    try {
      const answer = await callSigned(thisDevice(), 'devices/code', {});
      setText(code, grouped(answer.code));
      setText(life, text('held.code_until', { time: clockTime(answer.expires_at - session.clockLeadMs) }));
      timer = setTimeout(() => void renewCode(), Math.max(answer.expires_at - serverNow(), 1_000));
    } catch (error) {
      setText(problem, sentenceFor(error));
    }
  }

  function renew() {
    const until = session.state?.device.held_until;
    if (until) setText(end, text('held.until', { time: dayAndTime(until - session.clockLeadMs) }));
  }

  const element = el('div', { class: 'view narrow' },
    el('h1', {}, text('held.title')),
    el('p', { class: 'lead' }, text('held.lead')),
    el('section', { class: 'panel centred' }, el('h2', {}, text('held.code')), code, life, problem,
      el('button', { type: 'button', class: 'plain', onclick: () => void renewCode() }, text('held.new_code'))),
    end, el('p', { class: 'hint' }, text('held.why')),
    el('button', { type: 'button', class: 'plain danger', onclick: () => void askSignOut() }, text('held.give_up')),
    languageChoice(again));
  void renewCode();
  return { title: 'held.title', element, isAlone: true, renew, close: () => clearTimeout(timer) };
}
