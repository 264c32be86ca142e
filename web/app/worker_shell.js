// The app's own files, kept by build: all of one build or none.

/** Everything that the app needs without network. */
const FILES = [
  '/app/', '/app/base.css', '/app/views.css',
  '/app/api.js', '/app/app.js', '/app/bytes.js', '/app/dom.js', '/app/enrol.js', '/app/follow.js',
  '/app/icons.js', '/app/keys.js', '/app/push.js', '/app/refusals.js', '/app/session.js', '/app/shell.js',
  '/app/store.js', '/app/subscription.js', '/app/sync.js', '/app/text.js', '/app/totp.js', '/app/update.js',
  '/app/wire.js',
  '/app/views/card.js', '/app/views/codes.js', '/app/views/device.js', '/app/views/devices.js',
  '/app/views/dialog.js', '/app/views/entry.js', '/app/views/form.js', '/app/views/held.js',
  '/app/views/language.js', '/app/views/notice.js', '/app/views/other.js', '/app/views/pin.js',
  '/app/views/problem.js', '/app/views/push_switch.js', '/app/views/ring.js', '/app/views/settings.js',
  '/app/views/sign_out.js', '/app/views/welcome.js',
  '/app/languages/en.json', '/app/languages/et.json', '/app/languages/de.json', '/app/languages/fr.json',
  '/app/languages/es.json', '/app/languages/ru.json',
  '/app/icon.svg', '/app/icon-192.png', '/app/manifest.webmanifest',
];
const PREFIX = 'ringproof-app-';

/** @param {string} build */
export async function keepShell(build) {
  const cache = await caches.open(PREFIX + build);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
}

/** @param {string} build */
export async function forgetOldShells(build) {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + build);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/**
 * The kept file, else what the network has.
 * @param {string} build
 * @param {Request} request
 * @returns {Promise<Response>}
 */
export async function fromShell(build, request) {
  const cache = await caches.open(PREFIX + build);
  const wanted = request.mode === 'navigate' ? '/app/' : request;
  return (await cache.match(wanted, { ignoreSearch: true })) ?? fetch(request);
}
