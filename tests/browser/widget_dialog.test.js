// The widget in a dialog on the page of another site, by `/widget/embed.js`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFitsWidth, launch, openPage, settled, shoot } from './browser.js';
import { Server } from './server.js';
import {
  ASKS_SITE, Site, askCode, button, codeField, phoneField, signature, signedAddress,
} from './widget_page.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Server} */
let server;
/** A site with as strict a policy as there is. @type {Site} */
let site;
before(async () => {
  browser = await launch();
  server = await Server.start();
  const policy = [
    "default-src 'none'", `script-src ${server.baseUrl}`, `frame-src ${server.baseUrl}`,
    "img-src data:", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
  site = await Site.start(() => `
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <main><h1>Shop</h1><button type="button" id="start">Verify</button></main>
    <script src="${server.baseUrl}/widget/embed.js"></script>`);
});
after(async () => {
  await server.remove();
  await site.stop();
  await browser.close();
});

let numbers = 0;
const freshNumber = () => `+3725552${String((numbers += 1)).padStart(4, '0')}`;

/**
 * Opens the site and the dialog on it; its promise is `window.answered`.
 * @param {import('node:test').TestContext} t
 * @param {object} [options]
 */
async function openDialog(t, { allows, fields, ...options } = {}) {
  await server.advance(90_000);
  const all = allows ? new RegExp(`${ASKS_SITE.source}|${allows.source}`) : ASKS_SITE;
  const { page } = await openPage(t, browser, server, { allows: all, ...options });
  await page.goto(`${site.origin}/`);
  await page.locator('#start').focus();
  await page.evaluate((address) => {
    window.answered = window.ringproof.verify(address)
      .then((answer) => ({ answer }), ({ name, message }) => ({ name, message }));
  }, await signedAddress(server, site, fields));
  const frame = page.frameLocator('iframe');
  return { page, frame };
}

/** @param {import('playwright-core').Page} page */
async function answered(page) {
  const { answer, name } = await page.evaluate(() => window.answered);
  assert.equal(name, undefined);
  assert.equal(answer.sig, signature(server.widgetSecret, 'response', answer));
  assert.equal(await page.locator('dialog').count(), 0, 'the dialog is gone');
  const focused = await page.evaluate(() => document.activeElement?.id);
  assert.equal(focused, 'start', 'the focus is where it was');
  return answer;
}

/**
 * Waits until the page in the frame has told its height, and so that it is there.
 * @param {import('playwright-core').Page} page
 */
async function isMeasured(page) {
  await page.locator('iframe').and(page.locator('[style*=block-size]')).waitFor();
}

test('the right code resolves with the signed answer', async (t) => {
  const { page, frame } = await openDialog(t);
  const number = freshNumber();
  const code = await askCode(server, frame, number);
  await codeField(frame).pressSequentially(code);
  await button(frame, 'Confirm').click();
  const answer = await answered(page);
  assert.deepEqual([answer.status, answer.phone], ['VERIFIED', number]);
  assert.equal(site.answers.length, 0, 'nothing is posted beside it');
});

test('it works in the frame of another site, which gets no cookie but a partitioned one', async (t) => {
  await server.advance(90_000);
  const { page } = await openPage(t, browser, server, { allows: /^asked http:\/\/(127\.0\.0\.1|localhost):\d+\// });
  // Another name of this machine is another site to a browser.
  const elsewhere = site.origin.replace('127.0.0.1', 'localhost');
  await page.goto(`${elsewhere}/`);
  await page.locator('#start').focus();
  const address = await signedAddress(server, site, { callback_url: `${elsewhere}/back` });
  await page.evaluate((signed) => {
    window.answered = window.ringproof.verify(signed).then((answer) => ({ answer }));
  }, address);
  const frame = page.frameLocator('iframe');
  const number = freshNumber();
  const code = await askCode(server, frame, number);
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map(({ sameSite, secure, partitionKey }) => [sameSite, secure, partitionKey !== undefined]),
    [['None', true, true]]);
  await codeField(frame).fill(code);
  assert.deepEqual([(await answered(page)).status, site.answers.length], ['VERIFIED', 0]);
});

test('the frame is as high as its page, and the dialog holds the focus', async (t) => {
  const { page, frame } = await openDialog(t);
  await phoneField(frame).waitFor();
  await settled(page);
  const heights = async () => {
    const [outer, inner] = [page.locator('iframe'), frame.locator('.card')];
    return [(await outer.boundingBox()).height, (await inner.boundingBox()).height];
  };
  await isMeasured(page);
  await settled(page);
  const [outer, inner] = await heights();
  assert.ok(Math.abs(outer - inner) <= 1, `${outer} and ${inner}`);
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector('div')), true);
});

for (const [name, leave] of [
  ['Esc in the dialog', (page) => page.keyboard.press('Escape')],
  ['Esc in the frame', async (page, frame) => {
    await phoneField(frame).focus();
    await page.keyboard.press('Escape');
  }],
  ['the close button', (page) => page.getByRole('button', { name: 'Close' }).click()],
  ['Cancel', (_, frame) => button(frame, 'Cancel').click()],
]) {
  test(`whoever leaves gives a signed answer: ${name}`, async (t) => {
    const { page, frame } = await openDialog(t);
    await phoneField(frame).waitFor();
    await isMeasured(page);
    await leave(page, frame);
    assert.equal((await answered(page)).status, 'CANCELLED');
  });
}

test('a page that says why it cannot be used is left without an answer', async (t) => {
  const { page, frame } = await openDialog(t, { allows: /status of 4\d\d|frame-ancestors/, fields: { exp: '1' } });
  void frame;
  await page.getByRole('button', { name: 'Close' }).click();
  const { name } = await page.evaluate(() => window.answered);
  assert.equal(name, 'AbortError');
  assert.equal(await page.locator('dialog').count(), 0);
});

test('only addresses of the script’s own host are opened, one at a time, and a signal ends it', async (t) => {
  const { page, frame } = await openDialog(t);
  await phoneField(frame).waitFor();
  const tried = await page.evaluate(async (own) => {
    const nameOf = (promise) => promise.then(() => 'opened', (error) => error.name ?? error);
    const second = await nameOf(window.ringproof.verify(own));
    const foreign = await nameOf(window.ringproof.verify('https://shop.example/widget'));
    const script = await nameOf(window.ringproof.verify('javascript:alert(1)'));
    return [second, foreign, script];
  }, `${server.baseUrl}/widget`);
  assert.deepEqual(tried, ['InvalidStateError', 'TypeError', 'TypeError']);
  await page.keyboard.press('Escape');
  await answered(page);
  const address = await signedAddress(server, site);
  const reason = await page.evaluate(async (own) => {
    const ending = new AbortController();
    const result = window.ringproof.verify(own, { signal: ending.signal }).catch((error) => error);
    ending.abort('changed my mind');
    return result;
  }, address);
  assert.equal(reason, 'changed my mind');
  assert.equal(await page.locator('dialog').count(), 0);
});

test('messages of anybody else are not heard', async (t) => {
  const { page, frame } = await openDialog(t);
  await phoneField(frame).waitFor();
  await page.evaluate(() => window.postMessage({ ringproof: 1, answer: { status: 'VERIFIED' } }, '*'));
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await page.locator('dialog').count(), 1);
  await button(frame, 'Cancel').click();
  assert.equal((await answered(page)).status, 'CANCELLED');
});

test('the widget is shown in no frame of a page that is not listed', async (t) => {
  await server.advance(90_000);
  const { page } = await openPage(t, browser, server, { allows: /^asked|frame-ancestors|refused|status of/ });
  await page.goto(`${site.origin}/`);
  // The site of the callback is listed; a page of another origin has the frame.
  const address = await signedAddress(server, site);
  await page.goto(`${server.baseUrl}/healthz`);
  const shown = await page.evaluate(async (src) => {
    const frame = document.createElement('iframe');
    frame.src = src;
    document.body.append(frame);
    await new Promise((resolve) => { frame.onload = resolve; });
    return frame.contentDocument !== null && frame.contentDocument.querySelector('form') !== null;
  }, address);
  assert.equal(shown, false);
});

test('what cannot be shown is said to the page, and not waited for', async (t) => {
  await server.advance(90_000);
  const allows = new RegExp(`${ASKS_SITE.source}|frame-ancestors|refused|status of`);
  const { page } = await openPage(t, browser, server, { allows });
  await page.goto(`${site.origin}/`);
  // Answers go to another port of this machine, which may have the frame; this page may not.
  const address = await signedAddress(server, site, { callback_url: 'http://localhost:9/back' });
  const refused = await page.evaluate((signed) => window.ringproof.verify(signed)
    .then(() => undefined, ({ name }) => name), address);
  assert.equal(refused, 'NotAllowedError');
  assert.equal(await page.locator('dialog').count(), 0);
});

for (const [name, options] of [
  ['wide', { viewport: { width: 1280, height: 800 } }],
  ['dark-320px', { viewport: { width: 320, height: 600 }, colorScheme: 'dark' }],
]) {
  test(`the dialog is accessible and fits: ${name}`, async (t) => {
    // axe asks frames by messages that ours does not hear; it looks into it on its own.
    const allows = /Failed to execute 'postMessage' on 'DOMWindow'/;
    const { page, frame } = await openDialog(t, { allows, ...options });
    const look = async (state) => {
      await settled(page);
      await assertAccessible(page);
      await assertAccessible(page.frames()[1]);
      await assertFitsWidth(page);
      await shoot(page, `widget-dialog-${state}-${name}`);
    };
    await phoneField(frame).waitFor();
    await look('number');
    const code = await askCode(server, frame, freshNumber());
    await look('code');
    await codeField(frame).fill(code);
    assert.equal((await answered(page)).status, 'VERIFIED');
  });
}
