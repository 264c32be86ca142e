// Leaving: the device goes from the server's list, its keys from this browser.

import { Refusal, Unreachable, callSigned } from '../api.js';
import { dropSubscription } from '../push.js';
import { forget } from '../store.js';
import { reload, session, tellOthers, thisDevice } from '../session.js';
import { alone } from '../sync.js';
import { text } from '../text.js';
import { askFirst } from './dialog.js';
import { hurry } from '../follow.js';

/** Forgets the keys of this browser. */
export async function forgetHere() {
  await dropSubscription().catch(() => undefined);
  await alone(forget);
  localStorage.removeItem('ringproof-device');
  await reload();
  tellOthers();
  hurry();
}

async function leave() {
  const identity = thisDevice();
  session.isLeaving = true;
  hurry();
  try {
    await callSigned(identity, 'devices/remove', { device: identity.id });
    await forgetHere();
  } catch (error) {
    if (!(error instanceof Refusal) || error.word !== 'device') throw error;
    // Gone there already: then only this side is left.
    await forgetHere();
  } finally {
    session.isLeaving = false;
  }
}

/** Asks, then leaves; without the server at least the keys can go from here. */
export async function askSignOut() {
  let isCut = false;
  await askFirst({
    title: text('leave.title'),
    body: text('leave.body'),
    action: text('leave.action'),
    act: async () => {
      try {
        await leave();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        isCut = true;
      }
    },
  });
  if (!isCut) return;
  await askFirst({
    title: text('leave.cut_title'), body: text('leave.cut_body'), action: text('leave.cut_action'), act: forgetHere,
  });
}
