// What this browser keeps: the device's keys, the keys that make codes, and what
// the server told last. One database, shared by the pages and the service worker.

/** @typedef {import('./keys.js').DeviceKeys} DeviceKeys */
/** @typedef {{id: string, keys: DeviceKeys}} Identity a device that the server knows */
/**
 * @typedef {{id: string, phone: string, keys: DeviceKeys,
 *   startedAtMs: number, sentAtMs: number}} Enrolment one on its way
 */
/** @typedef {{language?: string, isPushDeclined?: boolean, pushKey?: string}} Settings */
/** @typedef {{state: import('./wire.js').State, clockLeadMs: number, takenAtMs: number}} Known */
/** @typedef {{id: string, key: CryptoKey}} Seed the key of one entry */
/** @typedef {{identity: Identity, enrolment: Enrolment, settings: Settings, known: Known}} Values */

const DATABASE = 'ringproof-app';
const VALUES = 'values';
const SEEDS = 'seeds';

/** @type {Promise<IDBDatabase> | undefined} */
let opening;

/** @returns {Promise<IDBDatabase>} */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(VALUES);
      request.result.createObjectStore(SEEDS, { keyPath: 'id' });
    };
    request.onsuccess = () => {
      // Another page may want to delete or upgrade it.
      request.result.onversionchange = () => { request.result.close(); opening = undefined; };
      request.result.onclose = () => { opening = undefined; };
      resolve(request.result);
    };
    request.onerror = () => { opening = undefined; reject(request.error); };
  });
  return opening;
}

/**
 * Runs one transaction; resolves with the request's result once it is on disk.
 * @param {IDBTransactionMode} mode
 * @param {(values: IDBObjectStore, seeds: IDBObjectStore) => IDBRequest | void} act
 * @returns {Promise<any>}
 */
async function transact(mode, act) {
  const transaction = (await database()).transaction([VALUES, SEEDS], mode);
  return new Promise((resolve, reject) => {
    const request = act(transaction.objectStore(VALUES), transaction.objectStore(SEEDS));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * @template {keyof Values} N
 * @param {N} name
 * @returns {Promise<Values[N] | undefined>}
 */
export function read(name) {
  return transact('readonly', (values) => values.get(name));
}

/**
 * @template {keyof Values} N
 * @param {N} name
 * @param {Values[N]} value
 * @returns {Promise<void>}
 */
export function write(name, value) {
  return transact('readwrite', (values) => void values.put(value, name));
}

/**
 * @param {Settings} change
 * @returns {Promise<void>}
 */
export async function changeSettings(change) {
  await write('settings', { ...(await read('settings')), ...change });
}

/**
 * The server took the device in: from now on it has a name there.
 * @param {Identity} identity
 * @returns {Promise<void>}
 */
export function becomeDevice(identity) {
  return transact('readwrite', (values, seeds) => {
    values.delete('enrolment');
    values.delete('known');
    seeds.clear();
    values.put(identity, 'identity');
  });
}

/** @returns {Promise<void>} */
export function dropEnrolment() {
  return transact('readwrite', (values) => void values.delete('enrolment'));
}

/** @returns {Promise<Seed[]>} */
export function readSeeds() {
  return transact('readonly', (_, seeds) => seeds.getAll());
}

/**
 * Keeps what the server told, and these keys of its entries; all other keys go. Changes nothing when
 * the browser is no longer this device.
 * @param {Known} known
 * @param {Seed[]} kept
 * @param {string} deviceId that the server told it
 * @returns {Promise<void>}
 */
export function keep(known, kept, deviceId) {
  return transact('readwrite', (values, seeds) => {
    const identity = values.get('identity');
    identity.onsuccess = () => {
      if (identity.result?.id !== deviceId) return;
      values.put(known, 'known');
      seeds.clear();
      for (const seed of kept) seeds.put(seed);
    };
  });
}

/**
 * Forgets everything but the person's language.
 * @returns {Promise<void>}
 */
export async function forget() {
  const language = (await read('settings'))?.language;
  await transact('readwrite', (values, seeds) => {
    values.clear();
    seeds.clear();
    if (language) values.put({ language }, 'settings');
  });
}
