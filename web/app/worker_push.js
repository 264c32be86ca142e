// What a push message becomes. It says nothing but the id of a prompt; the worker
// asks the server, signed by the device, what that is about.

import { read } from './store.js';
import { subscribe } from './subscription.js';
import { sync } from './sync.js';
import { clockTime, preferredLanguage, speak, text } from './text.js';

/** @typedef {{title: string, body: string, tag: string, hash: string}} Notice */

/** A notification has to be shown within the time that the browser lets the worker run. */
const PATIENCE_MS = 10_000;

/**
 * @param {PushMessageData | null} data
 * @returns {string | undefined}
 */
function promptOf(data) {
  try {
    const { v, prompt } = data?.json() ?? {};
    return v === 1 && typeof prompt === 'string' ? prompt : undefined;
  } catch {
    return undefined;
  }
}

/** @returns {Notice} */
function generalNotice() {
  return { title: 'Ringproof', body: text('push.general'), tag: 'general', hash: '' };
}

/**
 * @param {string | undefined} id
 * @returns {Promise<Notice>}
 */
async function noticeFor(id) {
  const identity = await read('identity');
  if (!identity || id === undefined) return generalNotice();
  const { state } = await sync(identity, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const prompt = state.prompts.find((one) => one.id === id);
  const entry = state.entries.find((one) => one.id === prompt?.entry);
  if (prompt && entry) {
    const body = text('push.login', { time: clockTime(prompt.created_at) });
    return { title: entry.issuer, body, tag: entry.id, hash: `#entry=${encodeURIComponent(entry.id)}` };
  }
  const held = state.devices.find((device) => device.state === 'held');
  if (held) {
    return { title: text('push.device_title'), body: text('push.device', { name: held.name }), tag: held.id,
      hash: '#devices' };
  }
  return generalNotice();
}

/**
 * Shows a notification, whatever happens: a push without one is held against us.
 * @param {ServiceWorkerGlobalScope} worker
 * @param {PushMessageData | null} data
 * @param {(path: string) => Promise<Response>} load a file of the app
 */
export async function showPush(worker, data, load) {
  const settings = await read('settings').catch(() => undefined);
  await speak(preferredLanguage(settings?.language), load).catch(() => undefined);
  const { title, body, tag, hash } = await noticeFor(promptOf(data)).catch(generalNotice);
  new BroadcastChannel('ringproof-app').postMessage('changed');
  const options = { body, tag, renotify: true, icon: '/app/icon-192.png', data: { hash } };
  await worker.registration.showNotification(title, options);
}

/**
 * Leads to what the notification speaks of: in a page that is open, else in a new one.
 * @param {ServiceWorkerGlobalScope} worker
 * @param {Notification} notification
 */
export async function openFrom(worker, notification) {
  const hash = String(notification.data?.hash ?? '');
  const pages = await worker.clients.matchAll({ type: 'window' });
  const page = pages.find((client) => client.visibilityState === 'visible') ?? pages[0];
  if (!page) return void await worker.clients.openWindow(`/app/${hash}`);
  page.postMessage({ hash });
  await page.focus();
}

/**
 * The browser replaced or lost the subscription.
 * @param {ServiceWorkerGlobalScope} worker
 */
export async function renewSubscription(worker) {
  const [identity, known] = await Promise.all([read('identity'), read('known')]);
  const pushKey = known?.state.push_key;
  if (identity && pushKey) await subscribe(worker.registration, identity, pushKey);
}
