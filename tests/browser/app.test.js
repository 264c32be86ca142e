// The authenticator app, from the phone number to the code.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  CUT_OFF, REFUSED, askForCode, card, code, enrol, enrolled, freshNumber, fromBase32, go, look, openApp, totp, verifies,
} from './app_page.js';
import { dump, holdsSeed } from './app_storage.js';
import { assertAccessible, assertFitsWidth, counts, launch, openPage, shoot } from './browser.js';
import { Server } from './server.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Server} */
let server;
before(async () => {
  browser = await launch();
  server = await Server.start({
    RINGPROOF_LIMITS__ACCOUNT_SMS_PER_SECOND: '1000',
    RINGPROOF_LIMITS__NUMBER_SERVICE_PER_30S: '1000',
  });
});
after(async () => {
  await browser.close();
  await server.remove();
});

describe('enrolment and codes', () => {
  test('a phone number and the PIN of its message lead to the codes, and one of them verifies', async (t) => {
    const number = freshNumber();
    const [shop, bank] = [await server.addServiceFor('Shop', number), await server.addServiceFor('Northern Bank', number)];
    const { page } = await openApp(t, browser, server);
    await look(page, 'welcome');
    const phone = page.getByLabel('Phone number');
    assert.equal(await phone.getAttribute('inputmode'), 'tel');
    await phone.fill(`${number.slice(0, 4)} ${number.slice(4)}`);
    await page.getByRole('button', { name: 'Send me a PIN' }).click();
    const pin = page.getByLabel('PIN from the message');
    await pin.waitFor();
    assert.equal(await pin.getAttribute('autocomplete'), 'one-time-code');
    assert.equal(await pin.getAttribute('inputmode'), 'numeric');
    assert.equal(await pin.evaluate((field) => field === document.activeElement), true);
    await look(page, 'pin');
    await pin.fill(await server.pinSentTo(number));
    await counts(page.locator('.card'), 2);
    assert.deepEqual(await page.locator('.card-issuer').allTextContents(), ['Northern Bank', 'Shop']);
    assert.deepEqual(await page.locator('.card-account').allTextContents(), ['jane', 'jane']);
    await page.getByText('2 services').waitFor();
    await look(page, 'codes');

    await page.evaluate(() => { window.isSamePage = true; });
    const third = await server.addServiceFor('Zoo', number);
    await page.getByRole('status').filter({ hasText: 'New: Zoo' }).waitFor();
    assert.equal(await page.evaluate(() => window.isSamePage), true);
    for (const [user, name] of [[shop, 'Shop'], [bank, 'Northern Bank'], [third, 'Zoo']]) {
      await askForCode(server, user);
      assert.equal(await verifies(server, user, await code(page, name)), true, name);
    }

    assert.equal((await server.call('DELETE', third)).status < 300, true);
    await counts(page.locator('.card'), 2);
  });

  test('a code of another service does not verify', async (t) => {
    const { page, users: [shop] } = await enrolled(t, browser, server, ['Shop', 'Bank']);
    const [own, other] = [await code(page, 'Shop'), await code(page, 'Bank')];
    await askForCode(server, shop);
    assert.equal(await verifies(server, shop, other === own ? '000000' : other), false);
  });

  test('a wrong PIN and a number that is none are said, each with what to do', async (t) => {
    const number = freshNumber();
    const { page } = await openApp(t, browser, server, { allows: REFUSED });
    const phone = page.getByLabel('Phone number');
    await phone.fill('12345');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Check it, with the country code.' }).waitFor();
    assert.equal(await phone.getAttribute('aria-invalid'), 'true');
    await look(page, 'phone-refused');
    await phone.fill(number);
    await page.keyboard.press('Enter');
    const right = await server.pinSentTo(number);
    await page.getByLabel('PIN from the message').fill(right === '000000' ? '111111' : '000000');
    await page.getByRole('alert').filter({ hasText: 'This PIN is wrong or no longer valid.' }).waitFor();
    await look(page, 'pin-refused');
    await page.getByLabel('PIN from the message').fill(right);
    await page.getByRole('heading', { name: 'No services yet' }).waitFor();
    await look(page, 'empty');
  });

  test('every refusal has a sentence of its own that says what to do next', async (t) => {
    const { page } = await openApp(t, browser, server, { allows: /Failed to load resource/ });
    const english = JSON.parse(await readFile(new URL('../../web/app/languages/en.json', import.meta.url), 'utf8'));
    const retryAt = Date.now() + 60_000;
    const words = Object.keys(english).filter((word) => /^refusal\.(?!unreachable|unknown|throttled_until)/.test(word));
    assert.equal(words.length, 14);
    for (const word of words) {
      await page.route('**/enrol/start', (route) => route.fulfill({
        status: 400, json: { error: word.slice(8), retry_at: null, devices: [{ name: 'Laptop', last_seen_at: retryAt }] },
      }), { times: 1 });
      await page.getByLabel('Phone number').fill(freshNumber());
      await page.keyboard.press('Enter');
      const [start] = english[word].split('{');
      await page.getByRole('alert').filter({ hasText: start }).waitFor();
      if (word === 'refusal.devices_full') await page.getByRole('alert').filter({ hasText: 'Laptop (last used' }).waitFor();
    }
    await page.route('**/enrol/start', (route) => route.fulfill({ status: 429, json: { error: 'throttled', retry_at: retryAt } }));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: /Try again at this time: .*\d{2}:\d{2}/ }).waitFor();
  });

  test('the PIN can be sent again after 30 s, the number changed at once, and a reload loses nothing', async (t) => {
    const number = freshNumber();
    const { page } = await openApp(t, browser, server, { hasClock: true });
    await page.getByLabel('Phone number').fill(number);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Send it again in \d+ s$/ }).waitFor();
    await page.reload();
    await page.getByText(number).waitFor();
    await page.clock.fastForward(30_000);
    const again = page.getByRole('button', { name: /^Send it again$/ });
    await again.click();
    await page.getByRole('status').filter({ hasText: 'sent again' }).waitFor();
    await page.getByRole('button', { name: /^Send it again in \d+ s$/ }).waitFor();
    await page.getByRole('button', { name: 'Change the number' }).click();
    assert.equal(await page.getByLabel('Phone number').inputValue(), number);
  });

  test('a tap copies the code and says so; without a clipboard it is selected', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { permissions: ['clipboard-read', 'clipboard-write'] });
    await card(page, 'Shop').getByRole('button').click();
    const said = page.getByRole('status').filter({ hasText: /Copied Shop: \d{3} \d{3}/ });
    const copied = (await said.textContent()).replace(/\D/g, '');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), copied);
    await shoot(page, 'app-copied');
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await card(page, 'Shop').getByRole('button').click();
    await page.getByRole('status').filter({ hasText: 'Selected, copy it now Shop' }).waitFor();
    assert.match(await page.evaluate(() => String(getSelection())), /^\d{3} \d{3}$/);
  });

  test('a login that waits for a code brings it to the top', async (t) => {
    const { page, users } = await enrolled(t, browser, server, ['Alpha', 'Omega']);
    await askForCode(server, users[1]);
    await card(page, 'Omega').getByText('A login is waiting for this code').waitFor();
    assert.deepEqual(await page.locator('.card-issuer').allTextContents(), ['Omega', 'Alpha']);
    await look(page, 'asked');
  });

  test('shortly before its end the ring warns and the next code is shown', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { hasClock: true });
    const step = await page.evaluate(() => 30_000 - (Date.now() % 30_000));
    await page.clock.fastForward(step + 26_500);
    const next = (await card(page, 'Shop').getByText(/^next \d{3} \d{3}$/).textContent()).replace(/\D/g, '');
    assert.equal(await card(page, 'Shop').locator('.ring.soon').count(), 1);
    await shoot(page, 'app-next');
    await page.clock.fastForward(4_000);
    await card(page, 'Shop').locator('.code').filter({ hasText: new RegExp(`^${next.slice(0, 3)} ${next.slice(3)}$`) }).waitFor();
  });

  test('another authenticator gets a secret of its own, and its codes count', async (t) => {
    const { page, users: [shop] } = await enrolled(t, browser, server, ['Shop'], { allows: REFUSED });
    await page.getByRole('link', { name: 'Details of Shop' }).click();
    await page.getByRole('heading', { level: 1, name: 'Shop' }).waitFor();
    await page.getByRole('button', { name: 'Show the QR code' }).click();
    const picture = page.getByRole('img', { name: 'QR code for the other authenticator' });
    await picture.waitFor();
    assert.equal(await picture.evaluate(async (img) => { await img.decode(); return img.naturalWidth > 0; }), true);
    const seed = fromBase32((await page.locator('.secret').textContent()).replaceAll(' ', ''));
    await look(page, 'other');
    const now = () => Math.floor(Date.now() / 30_000);
    const field = page.getByLabel('Code that the other app shows');
    await field.fill(totp(seed, now() + 1_000, 'sha1'));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'This code is wrong' }).waitFor();
    const first = now();
    await field.fill(totp(seed, first, 'sha1'));
    await page.keyboard.press('Enter');
    await page.getByText('Codes of the other authenticator count from now on.').first().waitFor();
    assert.equal(await page.locator('.secret').count(), 0);
    await askForCode(server, shop);
    // Each code counts once; the one after it is within the window.
    assert.equal(await verifies(server, shop, totp(seed, first + 1, 'sha1')), true);
  });
});

describe('without network', () => {
  test('the codes go on, also after a reload, and what they then show verifies', async (t) => {
    const { page, number, users: [shop] } = await enrolled(t, browser, server, ['Shop'], { allows: CUT_OFF, hasClock: true });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const before = await code(page, 'Shop');
    await page.context().setOffline(true);
    await page.getByText('Offline – your codes go on').waitFor();
    await look(page, 'offline');
    await page.reload();
    await page.getByText('Offline – your codes go on').waitFor();
    assert.equal(await card(page, 'Shop').count(), 1);
    await page.clock.fastForward(30_000);
    await card(page, 'Shop').locator('.code').filter({ hasNotText: `${before.slice(0, 3)} ${before.slice(3)}` }).waitFor();
    const ahead = await code(page, 'Shop');
    // The page's clock is one step ahead now, which the server allows.
    await askForCode(server, shop);
    assert.equal(await verifies(server, shop, ahead), true);
    await page.context().setOffline(false);
    await page.getByText('Offline – your codes go on').waitFor({ state: 'detached' });
    await server.addServiceFor('Later', number);
    await code(page, 'Later');
  });

  test('nothing that the browser keeps makes a code: keys cannot be exported, no seed lies about', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { hasClock: true });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const codes = [];
    for (const ahead of [0, 30_000]) {
      await page.clock.fastForward(ahead);
      const step = await page.evaluate(() => Math.floor(Date.now() / 30_000));
      codes.push({ step, code: await code(page, 'Shop') });
    }
    const { texts, keys } = await dump(page);
    assert.deepEqual(new Set(keys.filter(({ type }) => type !== 'public').map((key) => JSON.stringify(key))), new Set([
      '{"type":"private","isExtractable":false,"exported":"no"}', '{"type":"secret","isExtractable":false,"exported":"no"}',
    ]));
    assert.ok(texts.length > 40, 'the files of the app are among what was searched');
    assert.equal(holdsSeed(texts, codes), false);
    const seed = Buffer.from('3132333435363738393031323334353637383930313233343536373839303132', 'hex');
    const made = codes.map(({ step }) => ({ step, code: totp(seed, step, 'sha256') }));
    for (const hidden of [`x${seed.toString('base64url')}`, seed.toString('hex'), `a ${seed.toString('latin1')} z`]) {
      assert.equal(holdsSeed([...texts, hidden.replace(/^x/, '')], made), true, 'the search finds what is there');
    }
  });
});

describe('devices', () => {
  test('a second one waits, is let in on the first, and is removed within a second', async (t) => {
    const { page, number } = await enrolled(t, browser, server, ['Shop'], { allows: REFUSED });
    const { page: second } = await openApp(t, browser, server, { allows: REFUSED });
    await enrol(second, server, number);
    await second.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
    const transfer = second.locator('output').filter({ hasText: /^\w{4} \w{4}$/ });
    await transfer.waitFor();
    assert.equal(await second.locator('.card').count(), 0);
    await look(second, 'held');

    await go(page, 'Devices');
    await page.getByRole('heading', { name: /wants to be let in$/ }).waitFor();
    await look(page, 'devices-asks');
    const field = page.getByLabel('Code on the new device');
    const right = await transfer.textContent();
    await field.fill(right.startsWith('0000') ? '1111 1111' : '0000 0000');
    await page.getByRole('button', { name: 'Let it in' }).click();
    await page.getByRole('alert').filter({ hasText: 'This code is wrong' }).waitFor();
    await field.fill(right.toLowerCase());
    await page.getByRole('button', { name: 'Let it in' }).click();
    await code(second, 'Shop');
    await counts(page.locator('.device'), 2);
    await look(page, 'devices');

    await page.getByRole('button', { name: /^Remove / }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'remove-asked');
    // The second sees it by the line it holds; the first one's click is the start.
    const gone = second.getByText('This device was removed.').waitFor().then(() => Date.now());
    const began = Date.now();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    const tookMs = (await gone) - began;
    assert.ok(tookMs < 1_000, `took ${tookMs} ms`);
    const { keys } = await dump(second);
    assert.deepEqual(keys, [], 'the keys are forgotten');
    await counts(page.locator('.device'), 1);
    await look(second, 'removed');
  });

  test('one that was refused is told so, and one that gives up goes', async (t) => {
    const { page, number } = await enrolled(t, browser, server, ['Shop']);
    const { page: second } = await openApp(t, browser, server, { allows: REFUSED });
    await enrol(second, server, number);
    await second.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
    await go(page, 'Devices');
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await second.getByText('This device was removed.').waitFor();
  });

  test('this one gets another name, and signs out', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    await go(page, 'Devices');
    await page.getByText('Rename', { exact: true }).click();
    await page.getByLabel('Name of this device').fill('Jane’s phone');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Jane’s phone' }).waitFor();
    await go(page, 'Settings');
    await look(page, 'settings');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    assert.deepEqual((await dump(page)).keys, []);
  });

  test('without network the keys can at least go from here', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { allows: CUT_OFF });
    await page.context().setOffline(true);
    await go(page, 'Settings');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the keys' }).click();
    await page.getByText('You are signed out.').waitFor();
    assert.deepEqual((await dump(page)).keys, []);
  });
});

describe('push', () => {
  /** The worker's registration as the browser's own tools know it. */
  async function deliver(page, data) {
    const session = await page.context().newCDPSession(page);
    const registered = new Promise((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL.endsWith('/app/') && !isDeleted);
        if (own) resolve(own.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    const registrationId = await registered;
    await session.send('ServiceWorker.deliverPushMessage', { origin: server.baseUrl, registrationId, data });
    await session.detach();
  }

  const shown = (page) => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    for (;;) {
      const notifications = await registration.getNotifications();
      if (notifications.length > 0) return notifications.map(({ title, body, data }) => ({ title, body, data }));
      await new Promise(requestAnimationFrame);
    }
  });

  /** Taps on the notification: the browser has no hook for the tap itself, so the worker gets its event. */
  const tap = (page) => page.context().serviceWorkers()[0].evaluate(async () => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  });

  test('a login shows a notification without the code, and a tap leads to it', async (t) => {
    const { page, users } = await enrolled(t, browser, server, ['Alpha', 'Omega'], { permissions: ['notifications'] });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await askForCode(server, users[1]);
    await card(page, 'Omega').getByText('A login is waiting for this code').waitFor();
    const prompt = await page.evaluate(async () => (await (await import('/app/store.js')).read('known')).state.prompts[0].id);
    await go(page, 'Settings');
    await deliver(page, JSON.stringify({ v: 1, prompt }));
    const [{ title, body, data }] = await shown(page);
    assert.equal(title, 'Omega');
    assert.match(body, /^Login code requested at \d{2}:\d{2}$/);
    assert.match(data.hash, /^#entry=/);
    await tap(page);
    await page.locator('.card.wanted').filter({ hasText: 'Omega' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('.card.wanted') !== null);
    await shoot(page, 'app-tapped');
  });

  test('a new device shows one that leads to the devices', async (t) => {
    const { page, number } = await enrolled(t, browser, server, ['Shop'], { permissions: ['notifications'] });
    const { page: second } = await openApp(t, browser, server);
    await enrol(second, server, number);
    await second.getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await deliver(page, JSON.stringify({ v: 1, prompt: 'AAAAAAAAAAAAAAAAAAAAAA' }));
    assert.equal((await shown(page))[0].title, 'New device');
    await tap(page);
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  });

  test('one that says nothing known is shown in general words, in the person’s language', async (t) => {
    const options = { permissions: ['notifications'], locale: 'et-EE' };
    const { page } = await enrolled(t, browser, server, ['Shop'], options);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await deliver(page, 'not JSON');
    assert.deepEqual((await shown(page)).map(({ title, body }) => [title, body]), [
      ['Ringproof', 'Ava rakendus, et näha, mis on uut.'],
    ]);
  });

  test('it is offered once, asks only after a tap, and a push service that is away is said', async (t) => {
    const options = { permissions: ['notifications'], allows: /does not support the Push API in incognito mode/ };
    const { page } = await enrolled(t, browser, server, ['Shop'], options);
    const offer = page.getByRole('region', { name: 'Notifications' });
    await offer.getByRole('button', { name: 'Switch on' }).click();
    await offer.getByRole('alert').filter({ hasText: 'push service cannot be reached' }).waitFor();
    await offer.getByRole('button', { name: 'Not now' }).click();
    await offer.waitFor({ state: 'hidden' });
    await page.reload();
    await code(page, 'Shop');
    assert.equal(await offer.isVisible(), false);
    await go(page, 'Settings');
    assert.equal(await page.getByRole('switch').isChecked(), false);
  });
});

describe('versions', () => {
  test('a page that speaks another protocol than the server asks for a reload', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    await page.route('**/app/api/nonce', (route) => route.fulfill({ json: { nonce: 'x', now: 0, protocol: 2 } }));
    await page.reload();
    await page.getByText('This version is out of date. Reload to go on.').waitFor();
    await code(page, 'Shop');
    await look(page, 'outdated');
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('This version is out of date.').waitFor({ state: 'detached' });
  });
});

describe('every person', () => {
  test('the whole way by keyboard alone', async (t) => {
    const number = freshNumber();
    await server.addServiceFor('Shop', number);
    const { page } = await openApp(t, browser, server, { permissions: ['clipboard-read', 'clipboard-write'] });
    const focused = () => page.evaluate(() => {
      const element = document.activeElement;
      return { tag: element.tagName, text: element.textContent.trim(), outline: getComputedStyle(element).outlineStyle };
    });
    /** Tabs until the focus is on what fits. */
    const tabTo = async (fits) => {
      for (let step = 0; step < 30; step += 1) {
        await page.keyboard.press('Tab');
        const now = await focused();
        assert.equal(now.outline, 'solid', JSON.stringify(now));
        if (fits(now)) return;
      }
      assert.fail(`not reached: ${fits}`);
    };
    await tabTo(({ tag }) => tag === 'INPUT');
    await page.keyboard.type(number);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.getAttribute('autocomplete') === 'one-time-code');
    await page.keyboard.type(await server.pinSentTo(number));
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await code(page, 'Shop');
    await tabTo(({ text }) => text.includes('Shop'));
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Copied Shop' }).waitFor();
    await tabTo(({ tag, text }) => tag === 'A' && text === '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Shop' }).waitFor();
    assert.equal((await focused()).tag, 'H1');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Codes' }).waitFor();
    await go(page, 'Devices');
    await tabTo(({ text }) => text === 'Sign out');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await focused()).text, 'Sign out');
  });

  test('nothing to tap is smaller than 44 px', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    for (const place of /** @type {const} */ (['Codes', 'Devices', 'Settings'])) {
      await go(page, place);
      const small = await page.evaluate(() => [...document.querySelectorAll('a, button, select, summary, input:not([role=switch]), label.switch')]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
        .map((element) => element.outerHTML));
      assert.deepEqual(small, [], place);
    }
  });

  for (const [locale, welcome, codes] of [
    ['en', 'Your login codes, on this device', 'Codes'], ['et', 'Sinu sisselogimiskoodid selles seadmes', 'Koodid'],
    ['de', 'Ihre Anmeldecodes auf diesem Gerät', 'Codes'], ['fr', 'Vos codes de connexion, sur cet appareil', 'Codes'],
    ['es', 'Tus códigos de acceso, en este dispositivo', 'Códigos'], ['ru', 'Ваши коды входа – на этом устройстве', 'Коды'],
  ]) {
    test(`in the language ${locale} every view fits a narrow phone`, async (t) => {
      const number = freshNumber();
      await server.addServiceFor('Shop', number);
      const { page } = await openApp(t, browser, server, { locale, viewport: { width: 320, height: 640 } });
      await page.getByRole('heading', { level: 1, name: welcome }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), locale);
      await assertFitsWidth(page);
      await shoot(page, `app-${locale}-welcome`);
      await enrol(page, server, number);
      await page.getByRole('heading', { level: 1, name: codes }).waitFor();
      await code(page, 'Shop');
      for (const place of ['', 'devices', 'settings']) {
        await page.locator(`nav a[href="#${place}"]`).click();
        await page.locator(`nav a[href="#${place}"][aria-current=page]`).waitFor();
        await assertFitsWidth(page);
        await shoot(page, `app-${locale}-${place || 'codes'}`);
      }
      const cut = await page.locator('nav span').evaluateAll((words) => words.filter((word) => word.scrollWidth > word.clientWidth).length);
      assert.equal(cut, 0, 'no way is cut short');
    });
  }

  test('a language chosen by hand stays', async (t) => {
    const { page } = await openApp(t, browser, server);
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByRole('heading', { name: 'Ihre Anmeldecodes auf diesem Gerät' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Ihre Anmeldecodes auf diesem Gerät' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  });

  test('it works where colours are forced, motion is reduced, and writing goes from right to left', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { reducedMotion: 'reduce' });
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    await page.emulateMedia({ forcedColors: 'active' });
    await assertAccessible(page);
    await shoot(page, 'app-forced-colors');
    await page.emulateMedia({ forcedColors: 'none' });
    await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
    await page.setViewportSize({ width: 320, height: 640 });
    await assertFitsWidth(page);
    await shoot(page, 'app-rtl');
  });

  test('the ring empties smoothly otherwise', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    const [offset] = await page.locator('.ring-left').evaluateAll((rings) => rings.map((ring) => ring.getAnimations().length));
    assert.equal(offset, 1);
  });

  for (const [what, script, sentence] of [
    ['keys', 'Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })', 'Your keys need a secure connection.'],
    ['storage', 'IDBFactory.prototype.open = () => { throw new Error("closed"); }', 'This browser keeps no data for this page.'],
  ]) {
    test(`where the browser has no ${what} the page says so`, async (t) => {
      const { page } = await openPage(t, browser, server);
      await page.addInitScript(script);
      await page.goto(`${server.baseUrl}/app/`);
      await page.getByText(sentence).waitFor();
      await assertAccessible(page);
      await shoot(page, `app-no-${what}`);
    });
  }

  test('without script the page says what it needs', async (t) => {
    const { page } = await openPage(t, browser, server, { javaScriptEnabled: false });
    await page.goto(`${server.baseUrl}/app/`);
    assert.match(await page.locator('noscript').innerText(), /needs JavaScript for that/);
    await shoot(page, 'app-noscript');
  });

  test('keys that the browser has lost are noticed', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    await page.goto('about:blank');
    await page.goto(`${server.baseUrl}/app/icon.svg`);
    await page.evaluate(() => new Promise((resolve) => { indexedDB.deleteDatabase('ringproof-app').onsuccess = resolve; }));
    await page.goto(`${server.baseUrl}/app/`);
    await page.getByText('This browser has lost its keys').waitFor();
    await look(page, 'lost');
  });
});

describe('the page itself', () => {
  test('it can be installed', async (t) => {
    const { page } = await openApp(t, browser, server);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const session = await page.context().newCDPSession(page);
    const { errors, data } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const manifest = JSON.parse(data);
    assert.equal(manifest.short_name, 'Ringproof');
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A fresh profile is what browsers use for private windows, where nothing is installed.
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
    for (const { src, sizes } of manifest.icons) {
      const width = await page.evaluate(async (address) => {
        const img = new Image();
        img.src = address;
        await img.decode();
        return img.naturalWidth;
      }, src);
      if (sizes !== 'any') assert.equal(`${width}x${width}`, sizes);
    }
  });

  test('the policy allows no inline script or style, no other host and no frame', async () => {
    for (const path of ['/app/', '/app/app.js', '/app/worker.js']) {
      const { headers } = await fetch(server.baseUrl + path);
      const policy = headers.get('content-security-policy');
      assert.match(policy, /^default-src 'none';/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      for (const rule of ["script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"]) {
        assert.ok(policy.includes(rule), `${path}: ${rule}`);
      }
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  test('its own policy stops markup from text, and another address of a worker', async (t) => {
    const { page } = await openApp(t, browser, server, { allows: /requires 'TrustedHTML'|TrustedTypePolicy|TrustedScriptURL/ });
    const outcome = await page.evaluate(() => {
      const tries = [
        () => { document.body.innerHTML = '<p>x</p>'; },
        () => trustedTypes.createPolicy('other', { createHTML: (text) => text }),
        () => navigator.serviceWorker.register('/app/other.js'),
      ];
      return tries.map((one) => { try { one(); return 'done'; } catch (error) { return error.name; } });
    });
    assert.deepEqual(outcome.slice(0, 2), ['TypeError', 'TypeError']);
  });

  test('names of services are text, whatever stands in them', async (t) => {
    const { page } = await enrolled(t, browser, server, ['<img src=x onerror=alert(1)>']);
    assert.equal(await page.locator('.card img').count(), 0);
  });

  test('the first view is below 60 KB, compressed', async (t) => {
    const { page } = await openPage(t, browser, server, { locale: 'ru' });
    const sizes = [];
    page.on('response', (answer) => {
      if (answer.request().serviceWorker() || answer.fromServiceWorker()) return;
      sizes.push(answer.body().then((body) => [new URL(answer.url()).pathname, gzipSync(body).length]));
    });
    await page.goto(`${server.baseUrl}/app/`);
    await page.locator('h1').waitFor();
    const all = await Promise.all(sizes);
    const sum = all.reduce((total, [, size]) => total + size, 0);
    t.diagnostic(`${all.length} files, ${sum} bytes`);
    assert.ok(all.length > 10);
    assert.ok(sum < 60 * 1_024, `${sum} bytes: ${JSON.stringify(all)}`);
  });
});
