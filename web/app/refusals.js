// The sentence for everything that can go wrong, each with what to do next.

import { Outdated, Refusal, Unreachable } from './api.js';
import { dayAndTime, listed, text } from './text.js';

/** @type {Record<string, import('./text.js').Word>} */
const SENTENCES = {
  body: 'refusal.body',
  phone: 'refusal.phone',
  pin: 'refusal.pin',
  code: 'refusal.code',
  signature: 'refusal.signature',
  nonce: 'refusal.nonce',
  device: 'refusal.device',
  held: 'refusal.held',
  site: 'refusal.site',
  insecure: 'problem.insecure',
  country: 'refusal.country',
  missing: 'refusal.missing',
  devices_full: 'refusal.devices_full',
  throttled: 'refusal.throttled',
  unavailable: 'refusal.unavailable',
};

/** @param {Record<string, unknown>} details of `devices_full` */
function deviceNames(details) {
  const devices = Array.isArray(details.devices) ? details.devices : [];
  return listed(devices.map(({ name, last_seen_at: seen }) => (
    typeof seen === 'number' ? `${name} (${text('devices.seen', { time: dayAndTime(seen) })})` : String(name)
  )));
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function sentenceFor(error) {
  if (error instanceof Unreachable) return text('refusal.unreachable');
  if (error instanceof Outdated) return text('update.outdated');
  if (!(error instanceof Refusal)) return text('refusal.unknown');
  if (error.word === 'throttled' && error.retryAtMs !== null) {
    return text('refusal.throttled_until', { time: dayAndTime(error.retryAtMs) });
  }
  if (error.word === 'devices_full') {
    return text('refusal.devices_full', { devices: deviceNames(error.details) });
  }
  return text(SENTENCES[error.word] ?? 'refusal.unknown');
}
