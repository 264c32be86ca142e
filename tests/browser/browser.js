// Chromium, and pages that note whatever they complain about.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.RINGPROOF_CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = process.env.RINGPROOF_SHOTS;
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
/** Longest wait for anything: generous, for a busy machine; a long poll alone takes 8 s. */
const DEADLINE_MS = 60_000;

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const axeSource = await readFile(axePath, 'utf8');

export function launch() {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

/**
 * Opens the inbox in a fresh profile. The test fails in the end if the page
 * wrote to the console, threw, broke its own policy or asked another host.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.js').Server} server
 * @param {import('playwright-core').BrowserContextOptions & {allows?: RegExp, hasClock?: boolean}} [options]
 *   `allows` are complaints that belong to the test, `hasClock` lets it hold the page's time
 */
export async function openInbox(t, browser, server, { allows, hasClock, ...options } = {}) {
  const { page, complaints } = await openPage(t, browser, server, { allows, hasClock, ...options });
  await page.goto(`${server.baseUrl}/dev/inbox`);
  if (options.javaScriptEnabled !== false) await state(page, 'live');
  return { page, complaints };
}

/**
 * A page of a fresh profile that shows nothing yet; see `openInbox`.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.js').Server} server
 * @param {import('playwright-core').BrowserContextOptions & {allows?: RegExp, hasClock?: boolean}} [options]
 */
export async function openPage(t, browser, server, { allows, hasClock, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Tallinn', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  if (hasClock) await page.clock.install();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(server.baseUrl) || request.url().startsWith('data:');
    if (!isOwn) complaints.push(`asked ${request.url()}`);
  });
  t.after(async () => {
    if (!t.passed) t.diagnostic(`the page in the end: ${await page.locator('body').innerText()}`);
    await context.close();
    assert.deepEqual(complaints.filter((text) => !allows?.test(text)), []);
  });
  return { page, complaints };
}

/**
 * Waits until the page shows this state of its line to the server.
 * @param {import('playwright-core').Page} page
 * @param {'live' | 'gone'} name
 */
export async function state(page, name) {
  await page.locator(`#state[data-state=${name}]`).waitFor();
}

/**
 * Stops the time of a page with a clock, so that no timer of its own comes first.
 * @param {import('playwright-core').Page} page
 */
export async function holdTime(page) {
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000));
}

/**
 * Waits until a locator matches so many elements.
 * @param {import('playwright-core').Locator} locator
 * @param {number} count
 */
export async function counts(locator, count) {
  const end = Date.now() + DEADLINE_MS;
  while ((await locator.count()) !== count) {
    assert.ok(Date.now() < end, `${await locator.count()} of ${locator}, not ${count}`);
    await locator.page().evaluate(() => new Promise(requestAnimationFrame));
  }
}

/**
 * The cards of the messages on the page.
 * @param {import('playwright-core').Page} page
 */
export function cards(page) {
  return page.getByRole('list').filter({ has: page.locator('.message') }).getByRole('listitem');
}

/**
 * Waits until no colour is on its way to another. A ring that empties takes its time.
 * @param {import('playwright-core').Page} page
 */
export async function settled(page) {
  await page.waitForFunction(() => !document.getAnimations().some((animation) => (
    animation.playState === 'running' && Number(animation.effect.getComputedTiming().endTime) < 2_000)));
}

/**
 * Asks axe for everything it knows.
 * @param {import('playwright-core').Page} page
 */
export async function assertAccessible(page) {
  // A colour between two others has no contrast to speak of.
  await settled(page);
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => (await window.axe.run()).violations);
  const words = found.map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map((n) => n.target)}`);
  assert.deepEqual(words, []);
}

/**
 * Nothing sticks out to the right.
 * @param {import('playwright-core').Page} page
 */
export async function assertFitsWidth(page) {
  const [needed, given] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth, root.clientWidth];
  });
  assert.ok(needed <= given, `the page is ${needed} px wide in a window of ${given} px`);
}

/**
 * Keeps a picture for people in $RINGPROOF_SHOTS.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
export async function shoot(page, name) {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
