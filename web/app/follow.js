// The line to the server while the page is looked at: asks for news, again and again.

import { Outdated, Refusal } from './api.js';
import { reload, session, setLine, tellOthers } from './session.js';
import { sync } from './sync.js';

/** Pauses before the next try; the last one stays. Each is shortened by chance, so that not all come at once. */
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Shortest time between two answers that bring nothing new. */
const BREATH_MS = 500;

/** @type {AbortController | undefined} */
let asking;
/** @type {(() => void) | undefined} */
let endPause;
/** Asks for the whole state at once, for something was changed here. */
let isHasty = false;

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      endPause = undefined;
      resolve(undefined);
    }
    endPause = done;
  });
}

/** Asks now: something was changed, or the line may be back. */
export function hurry() {
  isHasty = true;
  asking?.abort();
  endPause?.();
}

function whileHidden() {
  return new Promise((resolve) => {
    function look() {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve(undefined);
    }
    document.addEventListener('visibilitychange', look);
    look();
  });
}

/** @param {import('./store.js').Identity} identity */
async function askOnce(identity) {
  const seen = session.line === 'live' ? session.state?.version ?? null : null;
  const wait = seen !== null && !isHasty;
  isHasty = false;
  asking = new AbortController();
  const askedAt = performance.now();
  const { state } = await sync(identity, { seen, wait, signal: asking.signal });
  const isNews = state.version !== seen;
  await reload();
  if (isNews) tellOthers();
  setLine('live');
  if (!isNews && performance.now() - askedAt < BREATH_MS) await pause(BREATH_MS);
}

/**
 * Follows the server until the device is gone.
 * @returns {Promise<'removed' | 'left'>} whether the server removed it, or the person left
 */
export async function follow() {
  let failures = 0;
  for (;;) {
    await whileHidden();
    const { identity } = session;
    if (!identity) return 'left';
    if (session.isLeaving) {
      await pause(BREATH_MS);
      continue;
    }
    try {
      await askOnce(identity);
      failures = 0;
    } catch (error) {
      if (asking?.signal.aborted) continue;
      if (error instanceof Refusal && error.word === 'device') return 'removed';
      await reload();
      failures += 1;
      session.isOutdated = error instanceof Outdated;
      setLine('offline');
      const longest = RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 1_000;
      const until = error instanceof Refusal && error.retryAtMs ? error.retryAtMs - Date.now() : 0;
      await pause(Math.max(longest * (0.5 + Math.random() / 2), Math.min(until, 60_000)));
    }
  }
}

addEventListener('online', hurry);
addEventListener('offline', () => { setLine('offline'); hurry(); });
document.addEventListener('visibilitychange', () => {
  if (document.hidden) asking?.abort();
  else hurry();
});
