// The start: looks whether the app can work here, makes the browser a device if it
// is none, then follows the server and shows the view that the address names.

import { byId } from './dom.js';
import { enrol } from './enrol.js';
import { follow } from './follow.js';
import { mendSubscription } from './push.js';
import { listen, onOthers, reload, session } from './session.js';
import { show, stand } from './shell.js';
import { read } from './store.js';
import { preferredLanguage, speak, text } from './text.js';
import { loadNewVersion, registerWorker } from './update.js';
import { codesView } from './views/codes.js';
import { devicesView } from './views/devices.js';
import { entryView } from './views/entry.js';
import { heldView } from './views/held.js';
import { problemView } from './views/problem.js';
import { settingsView } from './views/settings.js';
import { forgetHere } from './views/sign_out.js';

/** Remembers that this browser was a device, to tell lost keys from a first visit. */
const MARK = 'ringproof-device';

/** @returns {Promise<import('./text.js').Word | undefined>} */
async function obstacle() {
  if (!isSecureContext || !globalThis.crypto?.subtle) return 'problem.insecure';
  try {
    await read('identity');
    return undefined;
  } catch {
    return 'problem.storage';
  }
}

/** @param {string} coded by an address, in which anybody may have written anything */
function decoded(coded) {
  try {
    return decodeURIComponent(coded);
  } catch {
    return undefined;
  }
}

/** Shows what the address names; the codes, where that is nothing. */
function route() {
  if (!session.identity) return;
  if (session.state?.device.state === 'held') return show(heldView(route));
  const [, place = '', coded = ''] = /^#?(\w*)(?:=(.*))?$/.exec(location.hash) ?? [];
  const id = decoded(coded);
  if (place === 'devices') return show(devicesView(), 'devices');
  if (place === 'settings') return show(settingsView(route), 'settings');
  if (place === 'details' && id !== undefined) return show(entryView(id), 'codes');
  if (place === 'entry') session.wantedEntry = id;
  show(codesView(), 'codes');
}

/** The view changes by itself when the device is let in. */
function routeWhenLetIn() {
  let before = session.state?.device.state;
  return listen(() => {
    const now = session.state?.device.state;
    if (now === before) return;
    before = now;
    route();
  });
}

/** Follows the server as this device, until it is one no longer. */
async function live() {
  localStorage.setItem(MARK, '1');
  void navigator.storage?.persist?.();
  route();
  const stopRouting = routeWhenLetIn();
  let mendedFor = '';
  const stopMending = listen(() => {
    if (session.isOutdated) stand(text('update.outdated'), text('update.reload'), () => void loadNewVersion());
    const { identity, state, line } = session;
    if (!identity || !state || line !== 'live' || state.version === mendedFor) return;
    mendedFor = state.version;
    void mendSubscription(identity, state).catch(() => undefined);
  });
  const end = await follow();
  stopRouting();
  stopMending();
  if (end === 'removed') await forgetHere();
  history.replaceState(null, '', '/app/');
  return text(end === 'removed' ? 'welcome.removed' : 'welcome.left');
}

async function start() {
  // The worker has no say outside of its folder.
  if (location.pathname === '/app') return location.replace(`/app/${location.hash}`);
  const settings = await read('settings').catch(() => undefined);
  const language = preferredLanguage(settings?.language);
  // A catalogue that does not come must not leave an empty page.
  await speak(language).catch(() => speak('en'));
  const problem = await obstacle();
  if (problem) return show(problemView(problem));
  void registerWorker(() => stand(text('update.new'), text('update.reload'), () => void loadNewVersion()))
    .catch(() => undefined);
  addEventListener('hashchange', route);
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (typeof data?.hash !== 'string') return;
    if (location.hash === data.hash) route();
    else location.hash = data.hash;
  });
  onOthers(() => void reload());
  await reload();
  let news = !session.identity && localStorage.getItem(MARK) ? text('welcome.lost') : undefined;
  for (;;) {
    if (!session.identity) await enrol(news);
    await reload();
    news = await live();
  }
}

try {
  await start();
} catch (error) {
  // There are no texts yet, or nothing works at all: the one sentence that is in no catalogue.
  if (!document.querySelector('h1')) {
    byId('app').textContent = 'Ringproof could not be loaded. Check the connection and reload the page.';
  }
  throw error;
}
