// Push messages as a person switches them: whether this browser can have them, on and off.

import { callSigned } from './api.js';
import { read } from './store.js';
import { subscribe } from './subscription.js';

/** @typedef {import('./store.js').Identity} Identity */
/** @typedef {'absent' | 'refused' | 'off' | 'on'} PushState */

/** @returns {Promise<ServiceWorkerRegistration>} */
function registration() {
  return navigator.serviceWorker.ready;
}

/**
 * @param {string | null} pushKey of the server
 * @param {boolean} hasPush whether the server has a subscription of this device
 * @returns {PushState}
 */
export function pushState(pushKey, hasPush) {
  const canPush = 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
  if (pushKey === null || !canPush) return 'absent';
  if (Notification.permission === 'denied') return 'refused';
  return hasPush && Notification.permission === 'granted' ? 'on' : 'off';
}

/**
 * After a tap of the person: asks for the permission, then subscribes.
 * @param {Identity} identity
 * @param {string} pushKey
 * @returns {Promise<boolean>} false when the person said no
 */
export async function switchOn(identity, pushKey) {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  await subscribe(await registration(), identity, pushKey);
  return true;
}

/** @param {Identity} identity */
export async function switchOff(identity) {
  await callSigned(identity, 'push', { subscription: null });
  await dropSubscription();
}

/** Ends the subscription of this browser, whatever the server knows. */
export async function dropSubscription() {
  if (!('serviceWorker' in navigator)) return;
  const worker = await navigator.serviceWorker.getRegistration();
  const subscription = await worker?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}

/**
 * Renews a subscription that no longer fits: the server has a new key, or the browser lost it.
 * @param {Identity} identity
 * @param {import('./wire.js').State} state
 */
export async function mendSubscription(identity, state) {
  const { push_key: pushKey, device } = state;
  if (pushKey === null || pushState(pushKey, device.has_push) !== 'on') return;
  const worker = await registration();
  const isThere = (await worker.pushManager.getSubscription()) !== null;
  if (isThere && (await read('settings'))?.pushKey === pushKey) return;
  await subscribe(worker, identity, pushKey);
}
