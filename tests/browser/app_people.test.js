// The authenticator app for everybody: keyboard, languages, small and dark; and the page itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { SETTINGS, card, code, enrol, enrolled, freshNumber, go, look, openApp } from './app_page.js';
import { assertAccessible, assertFitsWidth, launch, openPage, shoot } from './browser.js';
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
      return { tag: element.tagName, text: element.textContent.trim(),
        outline: getComputedStyle(element).outlineStyle };
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

  test('on a low window, as with type at 400 %, the ways stand above and nothing is cut', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop'], { viewport: { width: 320, height: 256 } });
    for (const place of /** @type {const} */ (['Codes', 'Devices', 'Settings'])) {
      await go(page, place);
      await assertFitsWidth(page);
      assert.equal(await page.getByRole('navigation').evaluate((nav) => getComputedStyle(nav).position), 'static');
    }
    await shoot(page, 'app-low');
  });

  test('nothing to tap is smaller than 44 px', async (t) => {
    const { page } = await enrolled(t, browser, server, ['Shop']);
    for (const place of /** @type {const} */ (['Codes', 'Devices', 'Settings'])) {
      await go(page, place);
      const small = await page.evaluate(() => [...document.querySelectorAll(
        'a, button, select, summary, input:not([role=switch]), label.switch')]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
        .map((element) => element.outerHTML));
      assert.deepEqual(small, [], place);
    }
  });

  for (const [locale, welcome, codes] of [
    ['en', 'Your login codes, on this device', 'Codes'], ['et', 'Sinu sisselogimiskoodid selles seadmes', 'Koodid'],
    ['de', 'Ihre Anmeldecodes auf diesem Gerät', 'Codes'], ['fr', 'Vos codes de connexion, sur cet appareil', 'Codes'],
    ['es', 'Tus códigos de acceso, en este dispositivo', 'Códigos'],
    ['ru', 'Ваши коды входа – на этом устройстве', 'Коды'],
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
      const cut = await page.locator('nav span').evaluateAll(
        (words) => words.filter((word) => word.scrollWidth > word.clientWidth).length);
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
    const [offset] = await page.locator('.ring-left').evaluateAll(
      (rings) => rings.map((ring) => ring.getAnimations().length));
    assert.equal(offset, 1);
  });

  for (const [what, script, sentence] of [
    ['keys', 'Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })',
      'Your keys need a secure connection.'],
    ['storage', 'IDBFactory.prototype.open = () => { throw new Error("closed"); }',
      'This browser keeps no data for this page.'],
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
    await page.evaluate(() => new Promise((resolve) => {
      indexedDB.deleteDatabase('ringproof-app').onsuccess = resolve;
    }));
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
      for (const rule of ["script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
        "require-trusted-types-for 'script'"]) {
        assert.ok(policy.includes(rule), `${path}: ${rule}`);
      }
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  test('its own policy stops markup from text, and another address of a worker', async (t) => {
    const { page } = await openApp(t, browser, server,
      { allows: /requires 'TrustedHTML'|TrustedTypePolicy|TrustedScriptURL/ });
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
