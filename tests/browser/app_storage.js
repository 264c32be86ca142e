// All that the app left in the browser, and a search for seeds in it.

import { totp } from './app_page.js';

const SEED_BYTES = 32;

/**
 * Everything that a script of the page can read: values of IndexedDB, cached
 * files, localStorage and sessionStorage, each as text; keys by what they allow.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<{texts: string[], keys: {type: string, isExtractable: boolean, exported: string}[]}>}
 */
export function dump(page) {
  return page.evaluate(async () => {
    const texts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    /** @type {CryptoKey[]} */
    const found = [];
    const walk = (value) => {
      if (value instanceof CryptoKey) found.push(value);
      else if (value instanceof ArrayBuffer) texts.push(btoa(String.fromCharCode(...new Uint8Array(value))));
      else if (ArrayBuffer.isView(value)) walk(value.buffer);
      else if (value && typeof value === 'object') Object.values(value).forEach(walk);
      else texts.push(String(value));
    };
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        walk(await done(database.transaction(store).objectStore(store).getAll()));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) texts.push(await (await cache.match(request)).text());
    }
    const keys = await Promise.all(found.map(async (key) => {
      const tries = await Promise.allSettled(['raw', 'jwk', 'pkcs8'].map((form) => crypto.subtle.exportKey(form, key)));
      const exported = tries.some(({ status }) => status === 'fulfilled') ? 'yes' : 'no';
      return { type: key.type, isExtractable: key.extractable, exported };
    }));
    return { texts, keys };
  });
}

/** @param {string} text every reading of it as bytes */
function* readings(text) {
  yield Buffer.from(text, 'latin1');
  for (const [run] of text.matchAll(/[0-9A-Za-z+/_-]{40,}/g)) {
    yield Buffer.from(run, 'base64url');
    if (/^[0-9a-f]+$/i.test(run)) yield Buffer.from(run, 'hex');
  }
}

/**
 * Whether any 32 bytes in these texts make these codes at these time steps.
 * @param {string[]} texts
 * @param {{step: number, code: string}[]} codes two, for one can be met by chance
 */
export function holdsSeed(texts, codes) {
  for (const text of texts) {
    for (const bytes of readings(text)) {
      for (let at = 0; at + SEED_BYTES <= bytes.length; at += 1) {
        const window = bytes.subarray(at, at + SEED_BYTES);
        if (codes.every(({ step, code }) => totp(window, step, 'sha256') === code)) return true;
      }
    }
  }
  return false;
}
