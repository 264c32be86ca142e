// From a phone number to a device.

import { dropEnrolment, read } from './store.js';
import { show } from './shell.js';
import { pinView } from './views/pin.js';
import { welcomeView } from './views/welcome.js';

/** @typedef {import('./store.js').Enrolment} Enrolment */

/** As long as the PIN of a message lives. */
const PIN_LIFE_MS = 300_000;

/**
 * Leads through phone number and PIN.
 * @param {string} [news] why the person is here again
 * @returns {Promise<void>} once this browser is a device
 */
export async function enrol(news) {
  const left = await read('enrolment');
  const isLive = left && Math.abs(Date.now() - left.startedAtMs) < PIN_LIFE_MS;
  return new Promise((resolve) => {
    /** @param {Enrolment} enrolment */
    const askPin = (enrolment) => show(pinView({ enrolment, done: resolve, back: (phone) => void another(phone) }));
    /** @param {string} [phone] */
    const askPhone = (phone) => show(welcomeView({
      ...(phone ? { phone } : {}), ...(news ? { news } : {}), done: askPin, again: () => askPhone(phone),
    }));
    /** @param {string} phone */
    async function another(phone) {
      await dropEnrolment();
      askPhone(phone);
    }
    if (isLive) askPin(left);
    else askPhone();
  });
}
