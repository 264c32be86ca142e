// Brings what this browser keeps in line with the server. Pages and the service
// worker use it alike. They ask side by side, and take the answers in one at a time.

import { Outdated, callSigned } from './api.js';
import { openSeed } from './keys.js';
import { keep, read, readSeeds } from './store.js';
import { codeOf, leftMs, stepAt } from './totp.js';
import { PROTOCOL } from './wire.js';

/** @typedef {import('./store.js').Identity} Identity */
/** @typedef {import('./store.js').Known} Known */
/** @typedef {import('./store.js').Seed} Seed */
/** @typedef {import('./wire.js').Entry} Entry */
/** @typedef {import('./wire.js').State} State */

const LOCK = 'ringproof-sync';
/** A confirmation is on its way for less than this. */
const ON_THE_WAY_MS = 3_000;

/**
 * Runs `act` while no other page and no worker takes an answer in, or forgets what it has.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export function alone(act) {
  return navigator.locks ? navigator.locks.request(LOCK, act) : act();
}

/**
 * Asks the server for the state and takes it in.
 * @param {Identity} identity
 * @param {{seen?: string | null, wait?: boolean, signal?: AbortSignal}} [options]
 * @returns {Promise<Known>}
 */
export async function sync(identity, { seen = null, wait = false, signal } = {}) {
  const options = { isHeldBack: wait, ...(signal ? { signal } : {}) };
  const askedAtMs = Date.now();
  const state = await callSigned(identity, 'sync', { seen, wait }, options);
  if (state.protocol !== PROTOCOL) throw new Outdated(`the server speaks ${state.protocol}`);
  const clockLeadMs = state.now - Date.now();
  return alone(() => takeIn(identity, state, clockLeadMs, askedAtMs, signal));
}

/**
 * @param {Identity} identity
 * @param {State} state
 * @param {number} clockLeadMs
 * @param {number} askedAtMs by this clock
 * @param {AbortSignal} [signal]
 * @returns {Promise<Known>}
 */
async function takeIn(identity, state, clockLeadMs, askedAtMs, signal) {
  const current = await read('identity');
  const before = await read('known');
  const takenAtMs = Date.now();
  const known = { state: withoutSecrets(state), clockLeadMs, takenAtMs };
  // Signed out meanwhile, or overtaken by a newer answer to another page: it changes nothing.
  if (current?.id !== identity.id) return known;
  const isOverlapped = before !== undefined && before.takenAtMs > askedAtMs;
  if (isOverlapped && before.state.now > state.now) return before;

  const seeds = await seedsFor(identity, state.entries, isOverlapped);
  await keep(known, seeds, identity.id);
  await confirm(identity, state, seeds, known, signal);
  return known;
}

/**
 * The wrapped seeds are no business of the store.
 * @param {State} state
 * @returns {State}
 */
function withoutSecrets(state) {
  return { ...state, entries: state.entries.map((entry) => ({ ...entry, wrapped: null })) };
}

/**
 * The keys of the entries: those that are here, and those that the server just brought. An id stands
 * for one seed for ever, so what is here stays as long as the server has the entry.
 * @param {Identity} identity
 * @param {Entry[]} entries
 * @param {boolean} isOverlapped another answer was taken in since this one was asked for
 * @returns {Promise<Seed[]>}
 */
async function seedsFor(identity, entries, isOverlapped) {
  const kept = new Map((await readSeeds()).map((seed) => [seed.id, seed]));
  const seeds = [];
  for (const { id, wrapped } of entries) {
    const seed = kept.get(id);
    kept.delete(id);
    if (seed) seeds.push(seed);
    if (seed || !wrapped) continue;
    const key = await openSeed(identity.keys, identity.id, id, wrapped).catch(() => undefined);
    if (key) seeds.push({ id, key });
  }
  // An entry that came with that other answer may be missing in this one. The server does not bring
  // its key again; so the next answer decides what is gone.
  return isOverlapped ? [...seeds, ...kept.values()] : seeds;
}

/**
 * A code counts once. The one before is as good a proof, and leaves the one on the screen to the
 * person; unless it would be two steps old when it arrives.
 * @param {number} now of the server
 * @param {number} period
 */
function confirmingStep(now, period) {
  return stepAt(now, period) - (leftMs(now, period) > ON_THE_WAY_MS ? 1 : 0);
}

/**
 * Proves to the server that the new keys are here, by a code of each. What comes of it is seen in the
 * next state: an entry that is ready, or another one in its place where the code was wrong. The answer
 * itself tells too little: it passes over an entry that another page has confirmed since this state.
 * @param {Identity} identity
 * @param {State} state
 * @param {Seed[]} seeds
 * @param {Known} known
 * @param {AbortSignal} [signal]
 */
async function confirm(identity, state, seeds, known, signal) {
  const keys = new Map(seeds.map(({ id, key }) => [id, key]));
  const now = Date.now() + known.clockLeadMs;
  const codes = [];
  for (const { id, state: stage, period, digits } of state.entries) {
    const key = keys.get(id);
    if (stage !== 'new' || !key) continue;
    codes.push({ id, code: await codeOf(key, confirmingStep(now, period), digits) });
  }
  if (codes.length > 0) await callSigned(identity, 'confirm', { entries: codes }, signal ? { signal } : {});
}
