// The authenticator app as a person meets it: opened, enrolled, read.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { assertAccessible, assertFitsWidth, openPage, settled, shoot } from './browser.js';

/** What Chromium itself writes about a refused call, which is no complaint of the app. */
export const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d/;
/** The same about a call without network. */
export const CUT_OFF = /ERR_INTERNET_DISCONNECTED|ERR_NETWORK|ERR_FAILED|Failed to load/;

/** Many people enrol in a short time here. */
export const SETTINGS = {
  RINGPROOF_LIMITS__ACCOUNT_SMS_PER_SECOND: '1000',
  RINGPROOF_LIMITS__NUMBER_SERVICE_PER_30S: '1000',
  RINGPROOF_LIMITS__ADDRESS_STARTS_PER_10MIN: '10000',
  RINGPROOF_LIMITS__ADDRESS_STARTS_PER_HOUR: '10000',
  RINGPROOF_LIMITS__ADDRESS_STARTS_PER_DAY: '10000',
  RINGPROOF_LIMITS__ADDRESS_NUMBERS_PER_DAY: '10000',
  RINGPROOF_LIMITS__NETWORK_STARTS_PER_DAY: '10000',
};

const PHONE = { viewport: { width: 360, height: 740 } };
let numbers = 0;
/** A number that no other test uses. */
export const freshNumber = () => `+3725551${String((numbers += 1)).padStart(4, '0')}`;

/**
 * Opens the app in a fresh profile; see `openPage`.
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.js').Server} server
 * @param {Parameters<typeof openPage>[3]} [options]
 */
export async function openApp(t, browser, server, options = {}) {
  const opened = await openPage(t, browser, server, { ...PHONE, ...options });
  await opened.page.goto(`${server.baseUrl}/app/`);
  await opened.page.locator('h1').waitFor();
  return opened;
}

/**
 * From the first view to the codes, or to where a second device waits.
 * @param {import('playwright-core').Page} page
 * @param {import('./server.js').Server} server
 * @param {string} number
 */
export async function enrol(page, server, number) {
  const seen = await server.messagesSent();
  await page.locator('input[autocomplete=tel]').fill(number);
  await page.locator('form button').click();
  const pin = page.locator('input[autocomplete=one-time-code]');
  await pin.waitFor();
  await pin.fill(await server.pinSentTo(number, seen));
  await pin.waitFor({ state: 'detached' });
}

/**
 * Enrols one more device of a number, after the cool-down of its PIN, and waits until it waits.
 * @param {import('playwright-core').Page} page
 * @param {import('./server.js').Server} server
 * @param {string} number
 */
export async function enrolSecond(page, server, number) {
  await server.post('/dev/clock', { advance_seconds: 31 });
  await enrol(page, server, number);
  await page.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
}

/**
 * An app on a device of a fresh number that these services know.
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.js').Server} server
 * @param {string[]} services
 * @param {Parameters<typeof openPage>[3]} [options]
 */
export async function enrolled(t, browser, server, services, options) {
  const number = freshNumber();
  const users = [];
  for (const name of services) users.push(await server.addServiceFor(name, number));
  const { page } = await openApp(t, browser, server, options);
  await enrol(page, server, number);
  for (const name of services) await code(page, name);
  return { page, number, users };
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} service
 */
export function card(page, service) {
  return page.locator('.card').filter({ hasText: service });
}

/**
 * The code of a service as it stands on the screen.
 * @param {import('playwright-core').Page} page
 * @param {string} service
 * @returns {Promise<string>}
 */
export async function code(page, service) {
  const shown = card(page, service).locator('.code').filter({ hasText: /^\d{3} \d{3}$/ });
  return (await shown.textContent()).replace(' ', '');
}

/**
 * Checks a code with the service, as its program would.
 * @param {import('./server.js').Server} server
 * @param {string} user
 * @param {string} token
 */
export async function verifies(server, user, token) {
  const { body } = await server.call('PUT', `${user}/auth`, { token });
  return body.verified;
}

/**
 * @param {import('./server.js').Server} server
 * @param {string} user
 */
export async function askForCode(server, user) {
  const { body } = await server.post(`${user}/auth`, { method: 'totp' });
  assert.equal(body.method, 'totp');
}

/**
 * Opens a view by the ways below or above it.
 * @param {import('playwright-core').Page} page
 * @param {'Codes' | 'Devices' | 'Settings'} name
 */
export async function go(page, name) {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/**
 * A state of the app: accessible, not too wide, in the dark as well; pictures are kept.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
export async function look(page, name) {
  const size = page.viewportSize();
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    await assertAccessible(page);
    await shoot(page, `app-${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await assertFitsWidth(page);
    await settled(page);
    await shoot(page, `app-${name}-${width}`);
  }
  await page.setViewportSize(size);
}

/**
 * RFC 6238 with six digits and 30 s.
 * @param {Buffer} seed
 * @param {number} step
 * @param {'sha1' | 'sha256'} hash
 */
export function totp(seed, step, hash) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(hash, seed).update(counter).digest();
  const at = mac[mac.length - 1] & 0x0f;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** @param {string} text in base 32 of RFC 4648 */
export function fromBase32(text) {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2)
    .padStart(5, '0'));
  return Buffer.from(bits.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}
