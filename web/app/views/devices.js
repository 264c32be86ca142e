// The devices of the number: to name this one, to remove any, to let a new one in.

import { callSigned } from '../api.js';
import { announce, el, setText } from '../dom.js';
import { hurry } from '../follow.js';
import { icon } from '../icons.js';
import { session, thisDevice } from '../session.js';
import { dayAndTime, text } from '../text.js';
import { askFirst } from './dialog.js';
import { fieldForm } from './form.js';
import { askSignOut } from './sign_out.js';

/** @typedef {import('../wire.js').Device} Device */

const NAME_MAX = 64;

/** @param {number} timeMs of the server */
const local = (timeMs) => dayAndTime(timeMs - session.clockLeadMs);

/** @param {Device} device */
async function remove(device) {
  const isHeld = device.state === 'held';
  await askFirst({
    title: text(isHeld ? 'devices.refuse_title' : 'devices.remove_title', { name: device.name }),
    body: text(isHeld ? 'devices.refuse_body' : 'devices.remove_body'),
    action: text(isHeld ? 'devices.refuse' : 'devices.remove'),
    act: async () => {
      await callSigned(thisDevice(), 'devices/remove', { device: device.id });
      announce(text('devices.removed', { name: device.name }));
      hurry();
    },
  });
}

/** @param {Device} device that waits */
function heldItem(device) {
  const form = fieldForm({
    label: text('devices.code'),
    hint: text('devices.code_hint'),
    action: text('devices.approve'),
    field: {
      type: 'text', name: 'code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false',
      class: 'digits', dir: 'ltr', maxlength: 12,
    },
    act: async (typed) => {
      const code = typed.toUpperCase().replace(/[^0-9A-Z]/g, '');
      await callSigned(thisDevice(), 'devices/approve', { device: device.id, code });
      announce(text('devices.approved', { name: device.name }));
      hurry();
    },
  });
  return el('li', { class: 'device held', 'data-device': device.id },
    el('h2', {}, text('devices.asks', { name: device.name })),
    el('p', {}, text('devices.asks_body', { time: local(device.created_at), until: local(device.held_until ?? 0) })),
    form.element,
    el('button', { type: 'button', class: 'danger', onclick: () => void remove(device) }, text('devices.refuse')));
}

/** @param {Device} device this one */
function renameForm(device) {
  const form = fieldForm({
    label: text('devices.name'),
    action: text('devices.save'),
    isQuiet: true,
    field: { type: 'text', name: 'name', autocomplete: 'off', value: device.name, maxlength: NAME_MAX },
    act: async (typed) => {
      const name = typed.trim().normalize('NFC');
      if (!name) return form.complain(text('devices.name_empty'));
      await callSigned(thisDevice(), 'devices/rename', { name });
      announce(text('devices.renamed'));
      box.open = false;
      box.querySelector('summary')?.focus();
      hurry();
    },
  });
  const box = el('details', { class: 'rename', ontoggle: () => { if (box.open) form.field.focus(); } },
    el('summary', {}, text('devices.rename')), form.element);
  return box;
}

/** @param {Device} device */
function item(device) {
  const seen = device.is_this ? text('devices.this') : text('devices.seen', { time: local(device.last_seen_at) });
  const act = device.is_this
    ? el('button', { type: 'button', class: 'plain danger', onclick: () => void askSignOut() }, text('leave.action'))
    : el('button', {
      type: 'button', class: 'plain danger', onclick: () => void remove(device),
      'aria-label': text('devices.remove_name', { name: device.name }),
    }, text('devices.remove'));
  return el('li', { class: device.is_this ? 'device this' : 'device', 'data-device': device.id },
    icon('devices'),
    el('div', { class: 'device-names' }, el('h2', {}, el('bdi', {}, device.name)), el('p', { class: 'hint' }, seen),
      el('p', { class: 'hint' }, text('devices.since', { time: local(device.created_at) }))),
    device.is_this ? renameForm(device) : null, act);
}

/** @returns {import('../shell.js').View} */
export function devicesView() {
  const list = el('ul', { class: 'devices', role: 'list' });
  const none = el('p', { class: 'hint' }, text('devices.unknown'));
  const element = el('div', { class: 'view' },
    el('div', { class: 'view-head' }, el('h1', {}, text('devices.title')),
      el('p', { class: 'lead' }, text('devices.lead'))),
    list, none);
  /** What each item was made from. @type {Map<string, {made: string, element: HTMLElement}>} */
  const items = new Map();

  function renew() {
    const devices = [...(session.state?.devices ?? [])].sort((left, right) => (
      Number(right.state === 'held') - Number(left.state === 'held') || Number(right.is_this) - Number(left.is_this)
      || left.created_at - right.created_at));
    none.hidden = devices.length > 0;
    const wanted = devices.map((device) => {
      const made = JSON.stringify({ ...device, last_seen_at: local(device.last_seen_at) });
      const known = items.get(device.id);
      // What a person types into is left alone while nothing about the device has changed.
      if (known?.made === made) return known.element;
      const fresh = device.state === 'held' ? heldItem(device) : item(device);
      items.set(device.id, { made, element: fresh });
      return fresh;
    });
    const shown = [...list.children];
    if (shown.length !== wanted.length || shown.some((one, at) => one !== wanted[at])) list.replaceChildren(...wanted);
    setText(none, text('devices.unknown'));
  }

  return { title: 'devices.title', element, renew };
}
