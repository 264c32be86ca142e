// The field for the number: grouped as the number library does it, and never in the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './browser.js';
import { Server } from './server.js';
import { Site, button, codeField, openWidget, phoneField } from './widget_page.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {{server: Server, site: Site}} */
let world;
before(async () => {
  browser = await launch();
  world = { server: await Server.start(), site: await Site.start() };
});
after(async () => {
  await world.server.remove();
  await world.site.stop();
  await browser.close();
});

/** @param {import('playwright-core').Page} page */
const state = (page) => phoneField(page).evaluate(
  (field) => (field instanceof HTMLInputElement ? [field.value, field.selectionStart] : []));

/**
 * Chooses a country, and waits until it is known how its numbers are grouped.
 * @param {import('playwright-core').Page} page
 * @param {string} country
 */
async function choose(page, country) {
  const grouping = page.waitForResponse(`**/widget/formats/${country}.json`);
  await page.getByLabel('Country').selectOption(country);
  await (await grouping).finished();
}

/** Waits until the field shows this. */
async function shows(page, text) {
  await page.waitForFunction((wanted) => {
    const field = document.getElementById('phone');
    return field instanceof HTMLInputElement && field.value === wanted;
  }, text).catch(async () => assert.deepEqual(await state(page), [text]));
}

test('a number of each continent is grouped as its country writes it', async (t) => {
  const page = await openWidget(t, browser, world, { locale: 'en' });
  for (const [country, typed, shown] of [
    ['EE', '55500123', '5550 0123'],
    ['GB', '07400123456', '07400 123456'],
    ['US', '2025550123', '(202) 555-0123'],
    ['BR', '11961234567', '(11) 96123-4567'],
    ['ZA', '0711234567', '071 123 4567'],
    ['IN', '8123456789', '81234 56789'],
    ['AU', '0412345678', '0412 345 678'],
    ['RU', '89123456789', '8 (912) 345-67-89'],
  ]) {
    await phoneField(page).fill('');
    await choose(page, country);
    await phoneField(page).pressSequentially(typed);
    await shows(page, shown);
  }
});

test('the caret stays where it belongs, and what stands between digits is no obstacle', async (t) => {
  const page = await openWidget(t, browser, world, { locale: 'en' });
  await choose(page, 'EE');
  const field = phoneField(page);
  await field.pressSequentially('5550012');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('9');
  assert.deepEqual(await state(page), ['5955 0012', 2]);
  await field.evaluate((one) => one instanceof HTMLInputElement && one.setSelectionRange(5, 5));
  await page.keyboard.press('Backspace');
  assert.deepEqual(await state(page), ['5950 012', 3]);
  await field.evaluate((one) => one instanceof HTMLInputElement && one.setSelectionRange(4, 4));
  await page.keyboard.press('Delete');
  assert.deepEqual(await state(page), ['5950 12', 4]);
  for (let press = 0; press < 4; press += 1) await page.keyboard.press('Backspace');
  assert.deepEqual(await state(page), ['12', 0]);
});

test('a number with its calling code chooses its country', async (t) => {
  const page = await openWidget(t, browser, world, { locale: 'en' });
  const country = page.getByLabel('Country');
  await phoneField(page).fill('+37255500123');
  await shows(page, '+372 5550 0123');
  assert.equal(await country.inputValue(), 'EE');
  await phoneField(page).fill('+1 204 555 0123');
  assert.equal(await country.inputValue(), 'US');
  await choose(page, 'CA');
  await phoneField(page).fill('+12045550123');
  assert.equal(await country.inputValue(), 'CA', 'a country that shares the code stays chosen');
  await choose(page, 'LV');
  await shows(page, '+371 2045550123');
  await phoneField(page).fill('0037255500123');
  assert.deepEqual([await country.inputValue(), (await state(page))[0]], ['EE', '0037255500123']);
});

test('digits of other scripts are taken, and letters stay as they were typed', async (t) => {
  const page = await openWidget(t, browser, world, { locale: 'en' });
  await choose(page, 'EE');
  await phoneField(page).fill('٥٥٥٠٠١٢٣');
  await shows(page, '5550 0123');
  await phoneField(page).fill('call me on 5');
  await shows(page, 'call me on 5');
});

test('the number is understood as it stands in the field', async (t) => {
  const page = await openWidget(t, browser, world, { locale: 'en' });
  const before = await world.server.messagesSent();
  await choose(page, 'GB');
  await phoneField(page).pressSequentially('07400123456');
  await shows(page, '07400 123456');
  await button(page, 'Send code').click();
  await codeField(page).waitFor();
  await page.getByText('+44 7400 123456').waitFor();
  assert.match(await world.server.pinSentTo('+447400123456', before), /^\d{6}$/);
});
