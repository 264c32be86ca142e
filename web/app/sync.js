// Brings what this browser keeps in line with the server. Pages and the service
// worker use it alike, one at a time: a seed is opened and confirmed once.

import { callSigned } from './api.js';
import { openSeed } from './keys.js';
import { keep, read, readSeeds } from './store.js';
import { codeOf, leftMs, stepAt } from './totp.js';

/** @typedef {import('./store.js').Identity} Identity */
/** @typedef {import('./store.js').Known} Known */
/** @typedef {import('./store.js').Seed} Seed */
/** @typedef {import('./wire.js').Entry} Entry */
/** @typedef {import('./wire.js').State} State */

const LOCK = 'ringproof-sync';
/** A confirmation is on its way for less than this. */
const ON_THE_WAY_MS = 3_000;

/**
 * Runs `act` while no other page and no worker does the same.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
function alone(act) {
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
  const clockLeadMs = state.now - Date.now();
  return alone(() => takeIn(identity, state, clockLeadMs, askedAtMs));
}

/**
 * @param {Identity} identity
 * @param {State} state
 * @param {number} clockLeadMs
 * @param {number} askedAtMs by this clock
 * @returns {Promise<Known>}
 */
async function takeIn(identity, state, clockLeadMs, askedAtMs) {
  const current = await read('identity');
  const before = await read('known');
  const takenAtMs = Date.now();
  // Signed out meanwhile, or overtaken by a newer answer to another page: it changes nothing.
  if (current?.id !== identity.id) return { state, clockLeadMs, takenAtMs };
  if (before && before.takenAtMs > askedAtMs && before.state.now > state.now) return before;

  const seeds = await seedsFor(identity, state.entries);
  const known = { state: withoutSecrets(state), clockLeadMs, takenAtMs };
  await keep(known, seeds);
  await confirm(identity, state, seeds, known);
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
 * The keys of the entries: those that are here, and those that the server just brought.
 * @param {Identity} identity
 * @param {Entry[]} entries
 * @returns {Promise<Seed[]>}
 */
async function seedsFor(identity, entries) {
  const kept = new Map((await readSeeds()).map((seed) => [seed.id, seed]));
  const seeds = [];
  for (const { id, state, wrapped } of entries) {
    const seed = kept.get(id);
    if (!wrapped || seed?.mark === wrapped.iv) {
      // Ready without our knowing: the answer to the confirmation was lost on its way.
      if (seed) seeds.push({ ...seed, isConfirmed: seed.isConfirmed || state === 'ready' });
      continue;
    }
    const key = await openSeed(identity.keys, identity.id, id, wrapped).catch(() => undefined);
    if (key) seeds.push({ id, mark: wrapped.iv, isConfirmed: false, key });
  }
  return seeds;
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
 * Proves to the server that the new keys are here, by a code of each.
 * @param {Identity} identity
 * @param {State} state
 * @param {Seed[]} seeds
 * @param {Known} known
 */
async function confirm(identity, state, seeds, known) {
  const entries = new Map(state.entries.map((entry) => [entry.id, entry]));
  const open = seeds.filter((seed) => !seed.isConfirmed);
  if (open.length === 0) return;
  const now = Date.now() + known.clockLeadMs;
  const codes = await Promise.all(open.map(async ({ id, key }) => {
    const { period = 30, digits = 6 } = entries.get(id) ?? {};
    return { id, code: await codeOf(key, confirmingStep(now, period), digits) };
  }));
  const { confirmed } = await callSigned(identity, 'confirm', { entries: codes });
  const taken = new Set(confirmed);
  for (const seed of open) seed.isConfirmed = taken.has(seed.id);
  // What the server did not take it has thrown away; the next answer brings another.
  await keep(known, seeds.filter((seed) => seed.isConfirmed));
}
