// Notifications: the offer above the codes, and the switch in the settings.

import { announce, el, setText } from '../dom.js';
import { hurry } from '../follow.js';
import { icon } from '../icons.js';
import { pushState, switchOff, switchOn } from '../push.js';
import { Refusal, Unreachable } from '../api.js';
import { sentenceFor } from '../refusals.js';
import { session, thisDevice } from '../session.js';
import { changeSettings, read } from '../store.js';
import { text } from '../text.js';

function currentState() {
  const { state } = session;
  return state ? pushState(state.push_key, state.device.has_push) : 'absent';
}

/**
 * @param {HTMLElement} problem takes the sentence when it fails
 * @returns {Promise<boolean>}
 */
async function turnOn(problem) {
  setText(problem, '');
  try {
    const isOn = await switchOn(thisDevice(), session.state?.push_key ?? '');
    if (!isOn) setText(problem, text('push.refused'));
    if (isOn) announce(text('push.is_on'));
    hurry();
    return isOn;
  } catch (error) {
    const isOurs = error instanceof Refusal || error instanceof Unreachable;
    setText(problem, isOurs ? sentenceFor(error) : text('push.failed'));
    return false;
  }
}

/** Offers notifications once, above the codes. */
export function pushOffer() {
  const problem = el('p', { class: 'problem', role: 'alert' });
  let isDeclined = true;
  const element = el('section', { class: 'offer', hidden: true, 'aria-label': text('push.title') }, icon('bell'),
    el('div', {}, el('p', {}, text('push.offer')), problem,
      el('div', { class: 'acts' },
        el('button', { type: 'button', class: 'main-act', onclick: () => void turnOn(problem) },
          text('push.switch_on')),
        el('button', { type: 'button', class: 'plain', onclick: () => void decline() }, text('push.not_now')))));

  function renew() {
    const hasCodes = (session.state?.entries.length ?? 0) > 0;
    element.hidden = isDeclined || !hasCodes || session.line === 'offline' || currentState() !== 'off';
  }

  async function decline() {
    isDeclined = true;
    await changeSettings({ isPushDeclined: true });
    renew();
    document.querySelector('h1')?.focus();
  }

  void read('settings').then((settings) => {
    isDeclined = settings?.isPushDeclined ?? false;
    renew();
  });
  return { element, renew };
}

/** The switch in the settings. */
export function pushSection() {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const box = el('input', {
    type: 'checkbox', role: 'switch', id: 'push', 'aria-describedby': 'push-hint', onchange: () => void change(),
  });
  const hint = el('p', { class: 'hint', id: 'push-hint' });

  async function change() {
    setText(problem, '');
    if (box.checked) {
      box.checked = await turnOn(problem);
      return;
    }
    try {
      await switchOff(thisDevice());
      hurry();
    } catch (error) {
      box.checked = true;
      setText(problem, sentenceFor(error));
    }
  }

  let before = '';
  function renew() {
    const state = currentState();
    if (state === before) return;
    before = state;
    box.checked = state === 'on';
    box.disabled = state === 'absent' || state === 'refused';
    const words = { absent: 'push.absent', refused: 'push.refused', off: 'push.explain', on: 'push.explain' };
    setText(hint, text(/** @type {import('../text.js').Word} */ (words[state])));
  }

  const element = el('section', { class: 'panel' }, el('h2', {}, text('push.title')),
    el('label', { class: 'switch' }, el('span', {}, text('push.switch')), box), hint, problem);
  return { element, renew };
}
