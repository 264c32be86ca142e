// The description of the calls, as people see it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, assertFitsWidth, launch, openPage, shoot } from './browser.js';
import { Server } from './server.js';

let browser;
let server;
let document;

before(async () => {
  browser = await launch();
  server = await Server.start();
  document = await (await fetch(`${server.baseUrl}/openapi.json`)).json();
});
after(async () => {
  await browser.close();
  await server.remove();
});

async function open(t, options) {
  const { page } = await openPage(t, browser, server, options);
  await page.goto(`${server.baseUrl}/docs/`);
  return page;
}

function operations() {
  const methods = Object.values(document.paths).flatMap((item) => Object.values(item));
  return methods.filter((operation) => operation.operationId);
}

describe('the page', () => {
  test('needs no script, and shows each call with each of its answers', async (t) => {
    const page = await open(t, { javaScriptEnabled: false });
    assert.ok(operations().length > 80, `${operations().length} operations`);
    for (const { operationId, summary, responses } of operations()) {
      const call = page.locator(`[id="${operationId}"]`);
      assert.equal(await call.getByRole('heading', { level: 3 }).innerText(), summary);
      const shown = (await call.locator('.example summary code').allTextContents()).sort();
      const contents = Object.values(responses)
        .flatMap(({ content, headers }) => [...Object.values(content ?? {}), ...Object.values(headers ?? {})]);
      const described = contents.flatMap((media) => Object.keys(media.examples ?? {})).sort();
      assert.deepEqual(shown, described, operationId);
    }
  });

  test('the contents lead to the calls, by the keyboard too', async (t) => {
    const page = await open(t, {});
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the calls' });
    assert.equal(await skip.evaluate((link) => link === document.activeElement), true);
    const contents = page.getByRole('navigation');
    await contents.locator('summary').getByText('Verification', { exact: true }).focus();
    await page.keyboard.press('Enter');
    const link = contents.getByRole('link', { name: 'Verify a PIN' });
    await link.focus();
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#checkPin');
    await page.locator('#checkPin').getByRole('heading', { name: 'Verify a PIN' }).waitFor();
    const invalid = page.locator('#checkPin .example', { hasText: 'invalid' }).first();
    await invalid.locator('summary').focus();
    await page.keyboard.press('Enter');
    await invalid.getByText('"result": "INVALID"').waitFor();
  });

  test('every link within the page leads somewhere', async (t) => {
    const page = await open(t, {});
    const lost = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
      .map((link) => link.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
    assert.deepEqual(lost, []);
  });

  test('a click marks a whole line for curl', async (t) => {
    const page = await open(t, {});
    const line = page.locator('#startAuthentication .line code').first();
    await line.click();
    const marked = await page.evaluate(() => String(window.getSelection()).trim());
    assert.equal(marked, (await line.textContent()).trim());
    assert.match(marked, /^curl -s "\$URL\/v1\/service\/service\//);
  });
});

describe('looks', () => {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    test(`${colorScheme}: nothing for axe to find, closed and open`, async (t) => {
      const page = await open(t, { colorScheme, viewport: { width: 1280, height: 800 } });
      await assertAccessible(page);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('#checkPin details, #shared details')) details.open = true;
      });
      await assertAccessible(page);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const brightness = Math.max(...ground.match(/\d+/g).map(Number));
      assert.ok(colorScheme === 'dark' ? brightness < 64 : brightness > 192, ground);
      await page.locator('#checkPin').scrollIntoViewIfNeeded();
      await shoot(page, `docs-${colorScheme}`);
    });
  }

  test('320 px need no scrolling sideways', async (t) => {
    const page = await open(t, { viewport: { width: 320, height: 640 } });
    await assertFitsWidth(page);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await assertFitsWidth(page);
    await shoot(page, 'docs-320');
  });
});

describe('how it is sent', () => {
  for (const path of ['/docs/', '/openapi.json', '/docs/style.css']) {
    test(`${path}: small, and only when it has changed`, async () => {
      const first = await fetch(server.baseUrl + path, { headers: { 'Accept-Encoding': 'gzip' } });
      assert.equal(first.status, 200);
      assert.equal(first.headers.get('content-encoding'), 'gzip');
      assert.equal(first.headers.get('cache-control'), 'no-cache');
      assert.match(first.headers.get('content-security-policy'), /^default-src 'none'; style-src 'self';/);
      const etag = first.headers.get('etag');
      const again = await fetch(server.baseUrl + path, { headers: { 'If-None-Match': etag } });
      assert.equal(again.status, 304);
      assert.equal(await again.text(), '');
    });
  }
});
