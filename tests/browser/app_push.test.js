// Notifications of the authenticator app, brought by the browser’s own tools.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SETTINGS, askForCode, card, code, enrolSecond, enrolled, go, openApp } from './app_page.js';
import { launch, shoot } from './browser.js';
import { Server } from './server.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Server} */
let server;
before(async () => {
  browser = await launch();
  server = await Server.start(SETTINGS);
});
after(async () => {
  await browser.close();
  await server.remove();
});

describe('push', () => {
  const worker = (page) => page.context().serviceWorkers()[0];

  /** Delivers a push as the browser's own tools can, and waits until the worker has shown something. */
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
    // Chromium forgets a notification that it is asked for between keeping it and showing it: nobody asks before.
    await worker(page).evaluate(() => {
      const { registration } = self;
      const show = registration.showNotification.bind(registration);
      self.hasShown = new Promise((resolve, reject) => {
        registration.showNotification = (...what) => show(...what).then(resolve, reject);
      });
    });
    await session.send('ServiceWorker.deliverPushMessage', { origin: server.baseUrl, registrationId, data });
    await worker(page).evaluate(() => self.hasShown);
    await session.detach();
  }

  const shown = (page) => page.evaluate(async () => {
    const notifications = await (await navigator.serviceWorker.ready).getNotifications();
    return notifications.map(({ title, body, data }) => ({ title, body, data }));
  });

  /** Taps on the notification: the browser has no hook for the tap itself, so the worker gets its event. */
  const tap = (page) => worker(page).evaluate(async () => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  });

  test('a login shows a notification without the code, and a tap leads to it', async (t) => {
    const { page, users } = await enrolled(t, browser, server, ['Alpha', 'Omega'], { permissions: ['notifications'] });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await askForCode(server, users[1]);
    await card(page, 'Omega').getByText('A login is waiting for this code').waitFor();
    const prompt = await page.evaluate(async () => (await (await import('/app/store.js')).read('known'))
      .state.prompts[0].id);
    await go(page, 'Settings');
    await deliver(page, JSON.stringify({ v: 1, prompt }));
    const [{ title, body, data }] = await shown(page);
    assert.equal(title, 'Omega');
    assert.match(body, /^Login code requested at \d{2}:\d{2}$/);
    assert.match(data.hash, /^#entry=/);
    await tap(page);
    await page.waitForURL(/#entry=/);
    await page.locator('.card.wanted').filter({ hasText: 'Omega' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('.card.wanted') !== null);
    await shoot(page, 'app-tapped');
  });

  test('a new device shows one that leads to the devices', async (t) => {
    const { page, number } = await enrolled(t, browser, server, ['Shop'], { permissions: ['notifications'] });
    const { page: second } = await openApp(t, browser, server);
    await enrolSecond(second, server, number);
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
