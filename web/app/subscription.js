// The subscription that the server sends push messages to. Pages and the service worker use it.

import { callSigned } from './api.js';
import { fromBase64url, toBase64url } from './bytes.js';
import { changeSettings, read } from './store.js';

/** @typedef {import('./store.js').Identity} Identity */

/** @param {PushSubscription} subscription */
function onTheWire(subscription) {
  const [p256dh, auth] = [subscription.getKey('p256dh'), subscription.getKey('auth')];
  if (!p256dh || !auth) throw new Error('a subscription without keys');
  return { endpoint: subscription.endpoint, p256dh: toBase64url(p256dh), auth: toBase64url(auth) };
}

/**
 * Subscribes and tells the server. A subscription to another key of the server is of no use any more.
 * @param {ServiceWorkerRegistration} worker
 * @param {Identity} identity
 * @param {string} pushKey
 */
export async function subscribe(worker, identity, pushKey) {
  const wanted = { userVisibleOnly: true, applicationServerKey: fromBase64url(pushKey) };
  const old = await worker.pushManager.getSubscription();
  if (old && (await read('settings'))?.pushKey !== pushKey) await old.unsubscribe();
  const subscription = await worker.pushManager.subscribe(wanted);
  await callSigned(identity, 'push', { subscription: onTheWire(subscription) });
  await changeSettings({ pushKey });
}
