// The service worker: registers it, and takes over a new version when the person wants it.

const WORKER = '/app/worker.js';
/** An installed app is left open for weeks; browsers look for a new worker only when a page is opened. */
const LOOK_EVERY_MS = 6 * 3_600_000;

/**
 * Browsers with Trusted Types take the worker's address from a policy only; this one lets nothing else through.
 * @returns {string}
 */
function workerAddress() {
  /**
   * @type {{createPolicy: (name: string, rules: object) =>
   *   {createScriptURL: (address: string) => string}} | undefined}
   */
  const trustedTypes = Reflect.get(globalThis, 'trustedTypes');
  if (!trustedTypes) return WORKER;
  const policy = trustedTypes.createPolicy('ringproof-app', {
    createScriptURL(/** @type {string} */ address) {
      if (address !== WORKER) throw new TypeError(`not an address of a worker: ${address}`);
      return address;
    },
  });
  return policy.createScriptURL(WORKER);
}

/**
 * Registers the worker. Without one the app works while there is network.
 * @param {() => void} onNewVersion
 */
export async function registerWorker(onNewVersion) {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register(workerAddress(), { type: 'module', scope: '/app/' });
  const tell = () => {
    if (registration.waiting && navigator.serviceWorker.controller) onNewVersion();
  };
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', tell));
  tell();
  setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS);
}

/** Loads the newest version: lets a waiting worker take over first, so that the new files come from it. */
export async function loadNewVersion() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.update().catch(() => undefined);
  const waiting = registration?.waiting ?? await installed(registration?.installing);
  if (!waiting) return location.reload();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting.postMessage('take over');
}

/**
 * @param {ServiceWorker | null | undefined} installing
 * @returns {Promise<ServiceWorker | undefined>}
 */
function installed(installing) {
  return new Promise((resolve) => {
    if (!installing) return resolve(undefined);
    installing.addEventListener('statechange', () => {
      resolve(installing.state === 'redundant' ? undefined : installing);
    }, { once: true });
  });
}
