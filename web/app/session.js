// What the views show: the device, what the server told last, the keys of the
// codes, and the line to the server. Whoever changes it tells those who listen.

import { read, readSeeds } from './store.js';

/** @typedef {'connecting' | 'live' | 'offline'} Line */
/** @typedef {import('./store.js').Identity} Identity */
/** @typedef {import('./wire.js').State} State */

/** @type {Set<() => void>} */
const listeners = new Set();
/** Tells the other pages of this browser, and the service worker. */
const channel = new BroadcastChannel('ringproof-app');

export const session = {
  /** @type {Identity | undefined} */
  identity: undefined,
  /** @type {State | undefined} */
  state: undefined,
  /** How far the server's clock is ahead of this one. */
  clockLeadMs: 0,
  /** By entry. @type {Map<string, CryptoKey>} */
  seeds: new Map(),
  /** @type {Line} */
  line: 'connecting',
  /** The server speaks another protocol than this page. */
  isOutdated: false,
  /** The person is signing out: nothing is asked until that is done. */
  isLeaving: false,
  /** The entry that a notification leads to. @type {string | undefined} */
  wantedEntry: undefined,
};

/** The server's time. */
export function serverNow() {
  return Date.now() + session.clockLeadMs;
}

/**
 * The device, where there has to be one.
 * @returns {Identity}
 */
export function thisDevice() {
  if (!session.identity) throw new Error('this browser is no device yet');
  return session.identity;
}

/** Reads anew what the store holds. */
export async function reload() {
  const [identity, known, seeds] = await Promise.all([read('identity'), read('known'), readSeeds()]);
  session.identity = identity;
  session.state = known?.state;
  session.clockLeadMs = known?.clockLeadMs ?? 0;
  session.seeds = new Map(seeds.map(({ id, key }) => [id, key]));
  changed();
}

export function changed() {
  for (const listener of [...listeners]) listener();
}

/** @param {Line} line */
export function setLine(line) {
  if (session.line === line) return;
  session.line = line;
  changed();
}

/**
 * @param {() => void} listener
 * @returns {() => void} ends it
 */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Other pages read anew what the store holds. */
export function tellOthers() {
  channel.postMessage('changed');
}

/** @param {() => void} react */
export function onOthers(react) {
  channel.addEventListener('message', react);
}
