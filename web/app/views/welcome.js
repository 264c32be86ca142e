// The first view: what the app is, and the phone number that makes this browser a device.

import { Refusal, call } from '../api.js';
import { el } from '../dom.js';
import { icon } from '../icons.js';
import { makeDeviceKeys } from '../keys.js';
import { write } from '../store.js';
import { text } from '../text.js';
import { fieldForm } from './form.js';
import { languageChoice } from './language.js';
import { notice } from './notice.js';

/** @typedef {import('../store.js').Enrolment} Enrolment */

/**
 * The number as it goes over the wire. What the person put between the digits is no part of it.
 * @param {string} typed
 */
export function parsePhone(typed) {
  const phone = typed.trim().replace(/[\s\u00a0()./-]/g, '').replace(/^00/, '+');
  if (!/^\+[1-9][0-9]{6,14}$/.test(phone)) throw new Refusal('phone', {});
  return phone;
}

/**
 * Has a PIN sent to the number.
 * @param {string} phone
 * @param {Enrolment} [before] whose keys are used again
 * @returns {Promise<Enrolment>}
 */
export async function startEnrolment(phone, before) {
  const { enrolment: id } = await call('enrol/start', { phone });
  const keys = before?.keys ?? await makeDeviceKeys();
  const startedAtMs = Date.now();
  const enrolment = { id, phone, keys, startedAtMs, sentAtMs: startedAtMs };
  // A phone may throw the page away while the person looks for the message.
  await write('enrolment', enrolment);
  return enrolment;
}

function points() {
  const lines = /** @type {const} */ ([['codes', 'welcome.point_codes'], ['offline', 'welcome.point_offline'],
    ['lock', 'welcome.point_keys']]);
  return el('ul', { class: 'points', role: 'list' },
    ...lines.map(([sign, word]) => el('li', {}, icon(sign), el('span', {}, text(word)))));
}

/**
 * @param {object} parts
 * @param {string} [parts.phone] typed before
 * @param {string} [parts.news] why the person is here again
 * @param {(enrolment: Enrolment) => void} parts.done
 * @param {() => void} parts.again shows the view anew, in another language
 * @returns {import('../shell.js').View}
 */
export function welcomeView({ phone = '', news, done, again }) {
  const form = fieldForm({
    label: text('welcome.phone'),
    hint: text('welcome.phone_hint'),
    action: text('welcome.send'),
    field: { type: 'tel', name: 'phone', autocomplete: 'tel', inputmode: 'tel', dir: 'ltr', value: phone,
      maxlength: 32 },
    act: async (typed) => done(await startEnrolment(parsePhone(typed))),
  });
  const element = el('div', { class: 'view narrow' },
    news ? notice(news) : null,
    el('h1', {}, text('welcome.title')),
    el('p', { class: 'lead' }, text('welcome.lead')),
    points(), form.element, el('p', { class: 'hint' }, text('welcome.private')), languageChoice(again));
  return { title: 'welcome.title', element, isAlone: true, ...(phone ? { focus: form.field } : {}) };
}
