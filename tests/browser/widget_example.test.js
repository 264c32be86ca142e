// The small site of docs/TEN-MINUTES.md, as it stands in examples/ten-minutes, run beside the server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, shoot } from './browser.js';
import { Server } from './server.js';
import { askCode, button, codeField, signature } from './widget_page.js';

const PROGRAM = fileURLToPath(new URL('../../examples/ten-minutes/site.py', import.meta.url));

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Server} */
let server;
/** @type {import('node:child_process').ChildProcess} */
let program;
/** Where the site is. */
let site = '';
before(async () => {
  browser = await launch();
  server = await Server.start();
  program = spawn('python3', [PROGRAM, server.devFile], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.once('exit', () => program.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: program.stdout }), 'line');
  site = line.match(/^Open (http:\/\/127\.0\.0\.1:\d+)\/$/)[1];
});
after(async () => {
  program.kill('SIGKILL');
  await server.remove();
  await browser.close();
});

let numbers = 0;
const freshNumber = () => `+3725553${String((numbers += 1)).padStart(4, '0')}`;

/** The pages ask the example's own address; one of them refuses. */
const ALLOWS = /^asked http:\/\/127\.0\.0\.1:\d+\/|status of 403/;

/**
 * The site goes by the time of the machine, so the time of the server stays as it is.
 * @param {import('node:test').TestContext} t
 */
async function openSite(t) {
  const { page } = await openPage(t, browser, server, { allows: ALLOWS });
  await page.goto(`${site}/`);
  return page;
}

test('the page of the widget proves the number and comes back', async (t) => {
  const page = await openSite(t);
  await assertAccessible(page);
  await shoot(page, 'example-site');
  const number = freshNumber();
  await page.getByLabel('Phone number').fill(number);
  await button(page, 'Verify my phone').click();
  const code = await askCode(server, page, number);
  await codeField(page).fill(code);
  await page.waitForURL(`${site}/verify/done?handle=*`);
  assert.equal(await page.locator('#result').innerText(), `Thank you: ${number} is yours.`);
  await assertAccessible(page);

  // The address of the result is good once, and for this browser.
  const { page: other } = await openPage(t, browser, server, { allows: ALLOWS });
  await other.goto(page.url());
  await other.getByText('This is not about an attempt of this browser.').waitFor();
});

test('who lures somebody else to his attempt gets nothing of it', async (t) => {
  const attacker = await openSite(t);
  await attacker.getByLabel('Phone number').fill('');
  await button(attacker, 'Verify my phone').click();
  await button(attacker, 'Send code').waitFor();
  // The attacker keeps his cookie and hands the address, not yet used, to the victim.
  const begun = await attacker.request.post(`${site}/verify`, { headers: { accept: 'application/json' } });
  const { address } = await begun.json();

  const { page: victim } = await openPage(t, browser, server, { allows: ALLOWS });
  let posted;
  victim.on('request', (request) => {
    if (request.url() === `${site}/verify/back`) posted = request.postData();
  });
  await victim.goto(address);
  const number = freshNumber();
  const code = await askCode(server, victim, number);
  await codeField(victim).fill(code);
  await victim.getByText('This is not about an attempt of this browser.').waitFor();

  // The victim's number was never shown to the attacker's site; the page of the victim is spent.
  assert.match(posted, /VERIFIED/);
  await attacker.goto(victim.url());
  await attacker.getByText('This is not about an attempt of this browser.').waitFor();
});

test('the dialog proves the number without leaving the page', async (t) => {
  const page = await openSite(t);
  const number = freshNumber();
  await button(page, 'Verify without leaving this page').click();
  const frame = page.frameLocator('iframe');
  const code = await askCode(server, frame, number);
  await codeField(frame).fill(code);
  await page.waitForURL(`${site}/verify/done?handle=*`);
  assert.equal(await page.locator('#result').innerText(), `Thank you: ${number} is yours.`);
});

test('whoever cancels is told so', async (t) => {
  const page = await openSite(t);
  await button(page, 'Verify my phone').click();
  await button(page, 'Cancel').click();
  await page.waitForURL(`${site}/verify/done?handle=*`);
  assert.equal(await page.locator('#result').innerText(), 'You did not verify a number.');
});

test('an answer that was changed, made up, or used before is refused', async (t) => {
  const page = await openSite(t);
  const number = freshNumber();
  /** @type {Record<string, string> | undefined} */
  let answer;
  page.on('request', (request) => {
    if (request.url() === `${site}/verify/back`) answer = Object.fromEntries(new URLSearchParams(request.postData()));
  });
  await button(page, 'Verify my phone').click();
  const code = await askCode(server, page, number);
  await codeField(page).fill(code);
  await page.waitForURL(`${site}/verify/done?handle=*`);
  // As the browser of the person does it, cookie and all.
  const post = async (fields) => {
    const response = await page.request.post(`${site}/verify/back`, { form: fields });
    return [response.status(), /<p>(.*?)<\/p>/.exec(await response.text())?.[1]];
  };
  assert.equal(answer.sig, signature(server.widgetSecret, 'response', answer));
  assert.deepEqual(await post(answer), [403, 'That answer was used before.']);
  const foreign = [403, 'That answer is not one of ours.'];
  assert.deepEqual(await post({ ...answer, phone: '+37255599999' }), foreign);
  assert.deepEqual(await post({ ...answer, sig: signature('a guess', 'response', answer) }), foreign);
  assert.deepEqual(await post({ ...answer, sig: '\u00e9' }), foreign);
  const made = { ...answer, nonce: 'bWFkZS11cC1ieS1zb21lYm9keQ' };
  const sealed = { ...made, sig: signature(server.widgetSecret, 'response', made) };
  assert.deepEqual(await post(sealed), [403, 'This is not about an attempt of this browser.']);
  const { sig, ...unsigned } = answer;
  assert.deepEqual(await post(unsigned), foreign);
});
