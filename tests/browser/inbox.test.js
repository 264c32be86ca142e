// The developer's inbox as a person meets it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertAccessible, assertFitsWidth, cards, counts, holdTime, launch, openInbox, shoot, state,
} from './browser.js';
import { Server } from './server.js';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const SETTINGS = {
  RINGPROOF_LIMITS__ACCOUNT_SMS_PER_SECOND: '1000',
  RINGPROOF_LIMITS__NUMBER_SERVICE_PER_30S: '1000',
};
/** @type {Server} */
let server;
let numbers = 0;
/** A number that no other test uses. */
const freshNumber = () => `+3725550${String((numbers += 1)).padStart(4, '0')}`;
const codeOf = (message) => message.text.match(/\d{6}$/)[0];

describe('messages', () => {
  before(async () => { server = await Server.start(SETTINGS); });
  after(() => server.remove());

  test('an empty inbox tells how to fill it, and the first message takes its place', async (t) => {
    const { page } = await openInbox(t, browser, server);
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await page.getByText(`curl -s ${server.baseUrl}/v1/service/service \\`).waitFor();
    assert.equal(await page.getByLabel('Filter by number').isVisible(), false);
    await server.send(freshNumber());
    await counts(cards(page), 1);
    assert.equal(await page.getByText('No messages yet').isVisible(), false);
    assert.equal(await page.getByLabel('Filter by number').isVisible(), true);
  });

  test('a message appears at the top without a reload, and is announced once', async (t) => {
    await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server);
    const shown = await cards(page).count();
    await page.evaluate(() => { window.isSamePage = true; });
    const news = page.getByRole('status').filter({ hasText: 'New message' });
    assert.equal(await news.count(), 0, 'what was there at first is no news');
    const number = freshNumber();
    const message = await server.send(number);
    await counts(cards(page), shown + 1);
    const newest = cards(page).first();
    assert.equal(await newest.getByRole('heading').textContent(), `To ${number}`);
    assert.equal(await newest.locator('.code').textContent(), codeOf(message));
    assert.equal((await newest.locator('.text').textContent()), message.text);
    assert.equal(await news.textContent(), `New message to ${number}`);
    assert.equal(await page.evaluate(() => window.isSamePage), true);
  });

  test('a message tells its time in the reader’s own words and zone', async (t) => {
    const { at } = await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server, { locale: 'et-EE' });
    const time = cards(page).first().locator('time');
    const local = new Intl.DateTimeFormat('et-EE', { timeStyle: 'medium', timeZone: 'Europe/Tallinn' });
    assert.ok((await time.textContent()).startsWith(`${local.format(new Date(at))} (`));
    assert.equal(await time.getAttribute('datetime'), at);
    assert.match(await time.getAttribute('title'), new RegExp(String(new Date(at).getUTCFullYear())));
    assert.equal(await time.getAttribute('lang'), 'et-EE');
  });

  test('the button copies the code and says so', async (t) => {
    const message = await server.send(freshNumber());
    const permissions = ['clipboard-read', 'clipboard-write'];
    const { page } = await openInbox(t, browser, server, { permissions, hasClock: true });
    const button = page.getByRole('button', { name: `Copy code ${codeOf(message)}` });
    await holdTime(page);
    await button.click();
    await button.filter({ hasText: 'Copied' }).waitFor();
    await page.getByRole('status').filter({ hasText: `Copied: code ${codeOf(message)}` }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codeOf(message));
    await page.clock.fastForward(2_000);
    await button.filter({ hasText: /^Copy$/ }).waitFor();
  });

  test('where there is no clipboard the code is selected instead', async (t) => {
    const message = await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server, { hasClock: true });
    await holdTime(page);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    const button = page.getByRole('button', { name: `Copy code ${codeOf(message)}` });
    await button.click();
    await button.filter({ hasText: 'Selected, press Ctrl+C' }).waitFor();
    assert.equal(await page.evaluate(() => String(getSelection())), codeOf(message));
  });

  test('the filter shows the messages of one number, new ones included', async (t) => {
    const [wanted, other] = [freshNumber(), freshNumber()];
    await server.send(wanted);
    await server.send(other);
    const { page } = await openInbox(t, browser, server);
    const all = await cards(page).count();
    const filter = page.getByLabel('Filter by number');
    await filter.fill(`${wanted.slice(0, 4)} ${wanted.slice(4)}`);
    await counts(cards(page), 1);
    assert.equal(await cards(page).getByRole('heading').textContent(), `To ${wanted}`);
    await page.getByRole('status').filter({ hasText: `1 of ${all} messages` }).waitFor();
    await server.send(freshNumber());
    await server.send(wanted);
    await counts(cards(page), 2);
    await page.getByRole('status').filter({ hasText: `2 of ${all + 2} messages` }).waitFor();
    await filter.fill('000000');
    await page.getByText('No message to such a number').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await counts(cards(page), all + 2);
    assert.equal(await filter.evaluate((field) => field === document.activeElement), true);
  });

  test('the buttons report on a message as its carrier would, also by keyboard', async (t) => {
    const number = freshNumber();
    await server.send(number);
    const { page } = await openInbox(t, browser, server);
    const card = cards(page).first();
    await card.getByRole('button', { name: `Report as failed, message to ${number}` }).click();
    await card.getByText('Reported as failed.').waitFor();
    await page.getByRole('status').filter({ hasText: 'Reported as failed.' }).waitFor();
    const delivered = card.getByRole('button', { name: `Report as delivered, message to ${number}` });
    await delivered.focus();
    await page.keyboard.press('Enter');
    await card.getByText('Reported as delivered.').waitFor();
    await page.keyboard.press('Enter');
    await card.getByText('Changes nothing, more is known already.').waitFor();
    assert.equal(await delivered.evaluate((button) => button === document.activeElement), true);
    await assertAccessible(page);
  });

  test('without script the page shows the messages, a way to renew it, and no dead control', async (t) => {
    const number = freshNumber();
    const message = await server.send(number);
    const { page } = await openInbox(t, browser, server, { javaScriptEnabled: false });
    const newest = cards(page).first();
    assert.equal(await newest.getByRole('heading').textContent(), `To ${number}`);
    assert.equal(await newest.locator('.code').textContent(), codeOf(message));
    assert.equal(await newest.locator('.text').textContent(), message.text);
    assert.equal(await newest.locator('time').textContent(), `${message.at.replace('T', ' ').slice(0, 19)} UTC`);
    assert.equal(await page.locator('button:visible, input:visible').count(), 0);
    const second = await server.send(freshNumber());
    await page.getByRole('link', { name: 'Reload' }).click();
    await newest.getByText(second.to).waitFor();
    await shoot(page, 'noscript');
  });

  test('every control is reached and worked by keyboard, with a mark on the one in focus', async (t) => {
    await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server, { permissions: ['clipboard-read', 'clipboard-write'] });
    const reached = [];
    const controls = await page.locator('a:visible, button:visible, input:visible').count();
    for (let step = 0; step < controls; step += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => {
        const element = document.activeElement;
        const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
        return { name: name.trim(), outline: getComputedStyle(element).outlineStyle };
      }));
    }
    assert.deepEqual(reached.filter(({ outline }) => outline !== 'solid'), []);
    const names = reached.map(({ name }) => name);
    assert.equal(names[0], 'Filter by number');
    assert.match(names[1], /^Copy code \d{6}$/);
    const practice = names.findIndex((name) => name.startsWith('+31 s'));
    assert.deepEqual(names.slice(practice).map((name) => name.split(',')[0]), [
      '+31 s', '+5 min', 'Reset', 'Gateway refuses', 'Store is unavailable', 'messages as JSON',
    ]);
    await page.getByLabel('Filter by number').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Copied: code' }).waitFor();
    await page.getByRole('switch', { name: 'Gateway refuses' }).focus();
    await page.keyboard.press('Space');
    await page.getByText('In practice: the gateway refuses.').waitFor();
    await page.keyboard.press('Space');
    await page.getByText('In practice:').waitFor({ state: 'hidden' });
  });

  test('focus stays where it is when a message comes', async (t) => {
    const message = await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server);
    const button = page.getByRole('button', { name: `Copy code ${codeOf(message)}` });
    await button.focus();
    const { to } = await server.send(freshNumber());
    await page.getByRole('heading', { name: to }).waitFor();
    assert.equal(await button.evaluate((element) => element === document.activeElement), true);
  });
});

describe('looks', () => {
  before(async () => { server = await Server.start(SETTINGS); });
  after(() => server.remove());

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    test(`${colorScheme}: nothing for axe to find, empty, filled and in practice`, async (t) => {
      const { page } = await openInbox(t, browser, server, { colorScheme, viewport: { width: 1280, height: 800 } });
      if (colorScheme === 'light') await assertAccessible(page);
      await server.send(freshNumber());
      await cards(page).first().waitFor();
      await page.getByRole('button', { name: /^\+5 min/ }).click();
      await page.getByRole('switch', { name: 'Gateway refuses' }).check();
      await page.getByText('the gateway refuses').waitFor();
      await assertAccessible(page);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const brightness = Math.max(...ground.match(/\d+/g).map(Number));
      assert.ok(colorScheme === 'dark' ? brightness < 64 : brightness > 192, ground);
      await shoot(page, `desktop-${colorScheme}`);
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.getByRole('switch', { name: 'Gateway refuses' }).uncheck();
      await page.getByText('In practice:').waitFor({ state: 'hidden' });
    });
  }

  test('who asks for less motion gets none', async (t) => {
    for (const [reducedMotion, expected] of /** @type {const} */ ([['reduce', 'none'], ['no-preference', 'arrive']])) {
      const { page } = await openInbox(t, browser, server, { reducedMotion });
      await server.send(freshNumber());
      const name = await page.locator('.fresh').evaluate((card) => getComputedStyle(card).animationName);
      assert.equal(name, expected);
    }
  });
});

describe('a narrow window', () => {
  before(async () => { server = await Server.start({ ...SETTINGS, RINGPROOF_CODES__LENGTH: '10' }); });
  after(() => server.remove());

  test('320 px need no scrolling sideways', async (t) => {
    const viewport = { width: 320, height: 640 };
    const { page } = await openInbox(t, browser, server, { viewport, allows: /ERR_/ });
    await page.getByText('No messages yet').waitFor();
    await assertFitsWidth(page);
    await server.send('+123456789012345');
    await counts(cards(page), 1);
    await page.getByRole('button', { name: /^\+5 min/ }).click();
    await page.getByText('In practice:').waitFor();
    await assertFitsWidth(page);
    await assertAccessible(page);
    await shoot(page, 'phone-320');
    await server.stop();
    await state(page, 'gone');
    await assertFitsWidth(page);
  });
});

describe('safety', () => {
  const TEMPLATE = `<b id="bold">Code</b> <PIN> & &amp; "'<script>window.isBroken = 1</script>`;
  before(async () => { server = await Server.start({ ...SETTINGS, RINGPROOF_SMS__TEMPLATE: TEMPLATE }); });
  after(() => server.remove());

  test('a text with HTML in it is shown as text, live and in the page as sent', async (t) => {
    const { page } = await openInbox(t, browser, server);
    const { text } = await server.send(freshNumber());
    assert.match(text, /^<b id="bold">Code<\/b> \d{6} & &amp; "'<script>/);
    await counts(cards(page), 1);
    assert.equal(await page.locator('.text').textContent(), text);
    const { page: sent } = await openInbox(t, browser, server, { javaScriptEnabled: false });
    assert.equal(await sent.locator('.text').textContent(), text);
    for (const each of [page, sent]) assert.equal(await each.locator('#bold, .message script').count(), 0);
    assert.equal(await page.evaluate(() => window.isBroken), undefined);
  });

  test('the policy stops inline script, and this suite would notice a breach', async (t) => {
    const { page, complaints } = await openInbox(t, browser, server, { allows: /Content Security Policy/ });
    assert.deepEqual(complaints, []);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.isBroken = 1';
      document.body.append(script);
      document.body.setAttribute('style', 'color: red');
    });
    assert.equal(await page.evaluate(() => window.isBroken), undefined);
    assert.equal(complaints.length, 2, complaints.join('\n'));
    for (const complaint of complaints) assert.match(complaint, /Content Security Policy/);
  });
});

describe('practice', () => {
  before(async () => { server = await Server.start(SETTINGS); });
  after(() => server.remove());

  test('the buttons move the clock, and the page says how far', async (t) => {
    await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server);
    const offset = async () => (await server.practice()).clock.offset_ms;
    await page.getByText('Real time', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^\+5 min/ }).click();
    await page.getByText('5 min ahead of real time').waitFor();
    await page.getByRole('button', { name: /^\+31 s/ }).click();
    await page.getByText('5 min 31 s ahead of real time').waitFor();
    assert.equal(await offset(), 331_000);
    assert.match(await cards(page).locator('time').textContent(), /\(5\smin\sago\)$/);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('Real time', { exact: true }).waitFor();
    assert.equal(await offset(), 0);
  });

  test('the switches bring about the answers they name', async (t) => {
    const start = await server.addUser(freshNumber());
    const { page } = await openInbox(t, browser, server);
    for (const [name, code, notice] of /** @type {const} */ ([
      ['Gateway refuses', 'sms_unavailable', 'the gateway refuses.'],
      ['Store is unavailable', 'internal', 'the store is unavailable.'],
    ])) {
      const control = page.getByRole('switch', { name });
      await control.check();
      await page.getByText(`In practice: ${notice}`).waitFor();
      const { status, body } = await server.post(start, { method: 'sms' });
      assert.deepEqual({ status, code: body.code }, { status: 503, code });
      await control.uncheck();
      await page.getByText('In practice:').waitFor({ state: 'hidden' });
    }
    assert.equal((await server.post(start, { method: 'sms' })).status, 201);
  });

  test('what another program sets in force is shown too', async (t) => {
    const { page } = await openInbox(t, browser, server);
    await server.post('/dev/clock', { advance_seconds: -90_061 });
    await server.post('/dev/faults', { store: 'unavailable' });
    await page.getByText('In practice: the clock is 1 d 1 h 1 min 1 s behind, the store is unavailable.').waitFor();
    assert.equal(await page.getByRole('switch', { name: 'Store is unavailable' }).isChecked(), true);
  });
});

describe('the line to the server', () => {
  before(async () => { server = await Server.start(SETTINGS); });
  after(() => server.remove());

  test('the page says that the server is gone, and follows it when it is back', async (t) => {
    const old = [await server.send(freshNumber()), await server.send(freshNumber())];
    const { page } = await openInbox(t, browser, server, { allows: /ERR_|Failed to load/, hasClock: true });
    await server.stop();
    await state(page, 'gone');
    await page.getByText(/No answer, trying again in \d+ s/).waitFor();
    await page.getByRole('status').filter({ hasText: 'Ringproof does not answer.' }).waitFor();
    await shoot(page, 'gone');
    await holdTime(page);
    await server.again();
    await page.getByRole('button', { name: 'Try now' }).click();
    await state(page, 'live');
    await page.clock.resume();
    const { to } = await server.send(freshNumber());
    await page.getByRole('heading', { name: to }).waitFor();
    const shown = await cards(page).getByRole('heading').allTextContents();
    assert.deepEqual(shown.slice(0, 3), [to, old[1].to, old[0].to].map((number) => `To ${number}`));
  });

  test('a new server that counts from the start hides none of its messages', async (t) => {
    await server.send(freshNumber());
    const { page } = await openInbox(t, browser, server, { allows: /ERR_|Failed to load/ });
    const shown = await cards(page).count();
    await page.context().setOffline(true);
    await server.stop();
    await state(page, 'gone');
    await server.again();
    for (let sent = 0; sent <= shown; sent += 1) await server.send(freshNumber());
    await page.context().setOffline(false);
    await counts(cards(page), shown + shown + 1);
  });

});

describe('a long list', () => {
  before(async () => { server = await Server.start(SETTINGS); });
  after(() => server.remove());

  test('shows its newest 50 messages, and older ones when asked', async (t) => {
    for (let sent = 0; sent < 52; sent += 1) await server.send(freshNumber());
    const { page: plain } = await openInbox(t, browser, server, { javaScriptEnabled: false });
    assert.equal(await cards(plain).count(), 50);
    assert.match((await plain.locator('noscript').allTextContents()).join(), /2 older:/);
    const { page } = await openInbox(t, browser, server);
    const older = page.getByRole('button', { name: 'Show older messages' });
    await older.click();
    await counts(cards(page), 52);
    assert.equal(await older.isVisible(), false);
  });
});
