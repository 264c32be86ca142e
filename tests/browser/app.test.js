// The authenticator app, from the phone number to the code.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import {
  CUT_OFF, REFUSED, SETTINGS, askForCode, card, code, enrolSecond, enrolled, freshNumber, fromBase32, go, look,
  openApp, totp, verifies,
} from './app_page.js';
import { dump, holdsSeed } from './app_storage.js';
import { counts, launch, shoot } from './browser.js';
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

describe('enrolment and codes', () => {
  test('a phone number and the PIN of its message lead to the codes, and one of them verifies', async (t) => {
    const number = freshNumber();
    const [shop, bank] = [await server.addServiceFor('Shop', number),
      await server.addServiceFor('Northern Bank', number)];
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
    // Within the last seconds of a step its code is spent on the confirmation of a new key.
    await page.waitForFunction(() => 30_000 - (Date.now() % 30_000) > 5_000);
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
    // One route for all: a route that ends by itself may take the next one's interception along.
    let refusal = {};
    await page.route('**/enrol/start', (route) => route.fulfill({ status: 400, json: refusal }));
    for (const word of words) {
      refusal = { error: word.slice(8), retry_at: null, devices: [{ name: 'Laptop', last_seen_at: retryAt }] };
      await page.getByLabel('Phone number').fill(freshNumber());
      await page.keyboard.press('Enter');
      const [start] = english[word].split('{');
      await page.getByRole('alert').filter({ hasText: start }).waitFor();
      if (word === 'refusal.devices_full') await page.getByRole('alert').filter({ hasText: 'Laptop (last used' })
        .waitFor();
    }
    refusal = { error: 'throttled', retry_at: retryAt };
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
    const { page } = await enrolled(t, browser, server, ['Shop'],
      { permissions: ['clipboard-read', 'clipboard-write'] });
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
    const shown = new RegExp(`^${next.slice(0, 3)} ${next.slice(3)}$`);
    await card(page, 'Shop').locator('.code').filter({ hasText: shown }).waitFor();
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
    const { page, number, users: [shop] } =
      await enrolled(t, browser, server, ['Shop'], { allows: CUT_OFF, hasClock: true });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const before = await code(page, 'Shop');
    await page.context().setOffline(true);
    await page.getByText('Offline – your codes go on').waitFor();
    await look(page, 'offline');
    await page.reload();
    await page.getByText('Offline – your codes go on').waitFor();
    assert.equal(await card(page, 'Shop').count(), 1);
    await page.clock.fastForward(30_000);
    await card(page, 'Shop').locator('.code').filter({ hasNotText: `${before.slice(0, 3)} ${before.slice(3)}` })
      .waitFor();
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
      '{"type":"private","isExtractable":false,"exported":"no"}',
      '{"type":"secret","isExtractable":false,"exported":"no"}',
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
    await enrolSecond(second, server, number);
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
    await enrolSecond(second, server, number);
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
