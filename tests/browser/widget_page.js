// What the tests of the widget share: a site that wants a number proved, signed addresses,
// and the steps of a person.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { openPage } from './browser.js';

/** Longer than any count of messages lasts, so that one test does not slow down the next. */
const DAY_SECONDS = 90_000;

/** What a page may complain about here: that it asks the site of the test. */
export const ASKS_SITE = /^asked http:\/\/127\.0\.0\.1:\d+\//;

/** @param {string} text */
const encoded = (text) => encodeURIComponent(text)
  .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The signature of version 2 (`verification-widget.md` section 7).
 * @param {string} secret
 * @param {'request' | 'response'} word
 * @param {Record<string, string>} fields
 */
export function signature(secret, word, fields) {
  const pairs = Object.keys(fields).filter((key) => key !== 'sig').sort()
    .map((key) => `${encoded(key)}=${encoded(fields[key])}`);
  return createHmac('sha256', secret).update(`${word}\n${pairs.join('&')}`).digest('hex');
}

/** A site that sends people to the widget and takes the answers. */
export class Site {
  #server;
  /** Answers so far, as they were posted. */
  answers = [];
  origin = '';

  /** @param {(request: import('node:http').IncomingMessage) => string | undefined} [page] by the request */
  static async start(page = () => undefined) {
    const site = new Site();
    site.#server = createServer(async (request, answer) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      answer.setHeader('content-type', 'text/html; charset=utf-8');
      if (request.method === 'POST') site.answers.push(Object.fromEntries(new URLSearchParams(body)));
      const html = page(request) ?? '<main><h1>Back at the shop</h1></main>';
      answer.end(`<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">${html}</html>`);
    });
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    site.origin = `http://127.0.0.1:${site.#server.address().port}`;
    return site;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/**
 * A signed address of the widget, version 2.
 * @param {import('./server.js').Server} server
 * @param {Site} site
 * @param {Record<string, string>} [more]
 */
export async function signedAddress(server, site, more = {}) {
  const fields = {
    user: server.username,
    version: '2',
    callback_url: `${site.origin}/back?from=test`,
    nonce: randomBytes(18).toString('base64url'),
    exp: String(Math.floor(await server.now() / 1_000) + 300),
    ...more,
  };
  const query = new URLSearchParams({ ...fields, sig: signature(server.widgetSecret, 'request', fields) });
  return `${server.baseUrl}/widget?${query}`;
}

/**
 * Opens the widget for a new person, on a day of its own.
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {{server: import('./server.js').Server, site: Site}} world
 * @param {import('playwright-core').BrowserContextOptions & {allows?: RegExp, hasClock?: boolean,
 *   fields?: Record<string, string>}} [options]
 */
export async function openWidget(t, browser, { server, site }, { fields = {}, allows, ...options } = {}) {
  await server.advance(DAY_SECONDS);
  site.answers.length = 0;
  const all = allows ? new RegExp(`${ASKS_SITE.source}|${allows.source}`) : ASKS_SITE;
  const { page } = await openPage(t, browser, server, { allows: all, ...options });
  await page.goto(await signedAddress(server, site, fields));
  return page;
}

/** @typedef {import('playwright-core').Page | import('playwright-core').FrameLocator} Where */

/** @param {Where} where */
export const phoneField = (where) => where.getByLabel('Phone number');
/** @param {Where} where */
export const codeField = (where) => where.getByLabel('Code from the message');
/**
 * @param {Where} where
 * @param {string} name
 */
export const button = (where, name) => where.getByRole('button', { name, exact: true });

/**
 * Waits for the scripts of the page: what is pressed or typed before goes without them.
 * @param {Where} where
 */
const scriptsRan = (where) => where.locator('html').evaluate(() => {
  if (document.readyState === 'complete') return undefined;
  return new Promise((done) => { addEventListener('load', done, { once: true }); });
});

/**
 * Asks for a code to a number, and gives the code when its field is there.
 * @param {import('./server.js').Server} server
 * @param {Where} where
 * @param {string} number
 */
export async function askCode(server, where, number) {
  const before = await server.messagesSent();
  await phoneField(where).waitFor();
  await scriptsRan(where);
  await phoneField(where).fill(number);
  await button(where, 'Send code').click();
  await codeField(where).waitFor();
  await scriptsRan(where);
  return server.pinSentTo(number, before);
}

/**
 * A code that is not this one.
 * @param {string} code
 */
export const otherThan = (code) => `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`;

/**
 * Waits at the site for the one answer and checks it as a site does.
 * @param {{server: import('./server.js').Server, site: Site}} world
 * @param {import('playwright-core').Page} page
 */
export async function answerAtSite({ server, site }, page) {
  await page.getByRole('heading', { name: 'Back at the shop' }).waitFor();
  assert.equal(page.url(), `${site.origin}/back?from=test`);
  assert.equal(site.answers.length, 1);
  const [answer] = site.answers;
  assert.equal(answer.sig, signature(server.widgetSecret, 'response', answer));
  return answer;
}
