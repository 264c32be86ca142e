// The service worker: keeps the app's own files for the time without network, and
// turns a push message into a notification. `__BUILD__` is put in by the server,
// so every build of it is another worker with a cache of its own.

import { forgetOldShells, fromShell, keepShell } from './worker_shell.js';
import { openFrom, renewSubscription, showPush } from './worker_push.js';

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const BUILD = '__BUILD__';

worker.addEventListener('install', (event) => event.waitUntil(keepShell(BUILD)));

worker.addEventListener('activate', (event) => {
  event.waitUntil(forgetOldShells(BUILD).then(() => worker.clients.claim()));
});

// A page asks for it when the person wants the new version.
worker.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(worker.skipWaiting());
});

worker.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  const isShell = origin === worker.location.origin && pathname.startsWith('/app/')
    && !pathname.startsWith('/app/api/');
  if (method === 'GET' && isShell) event.respondWith(fromShell(BUILD, event.request));
});

worker.addEventListener('push', (event) => {
  event.waitUntil(showPush(worker, event.data, (path) => fromShell(BUILD, new Request(path))));
});

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openFrom(worker, event.notification));
});

worker.addEventListener('pushsubscriptionchange', (event) => {
  /** @type {ExtendableEvent} */ (event).waitUntil(renewSubscription(worker));
});
