// The widget's own page, from the signed address to the signed answer.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, assertFitsWidth, launch, shoot } from './browser.js';
import { Server } from './server.js';
import {
  Site, answerAtSite, askCode, button, codeField, openWidget, otherThan, phoneField, signedAddress,
} from './widget_page.js';

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

let numbers = 0;
/** A number that no other test uses. */
const freshNumber = () => `+3725551${String((numbers += 1)).padStart(4, '0')}`;

describe('the way there and back', () => {
  test('the right code proves the number, and the answer is signed', async (t) => {
    const page = await openWidget(t, browser, world);
    assert.match(page.url(), /\/widget\/s\/[0-9a-f]{32}$/, 'the signed query has left the address bar');
    const number = freshNumber();
    const code = await askCode(world.server, page, number);
    await codeField(page).pressSequentially(code);
    await button(page, 'Confirm').click();
    const answer = await answerAtSite(world, page);
    assert.deepEqual([answer.status, answer.phone, answer.version], ['VERIFIED', number, '2']);
  });

  test('a wrong code is said, belongs to the field, and can be corrected', async (t) => {
    const page = await openWidget(t, browser, world);
    const code = await askCode(world.server, page, freshNumber());
    await codeField(page).pressSequentially(otherThan(code));
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.filter({ hasText: 'This code is wrong or no longer valid.' }).waitFor();
    assert.match(await page.title(), /^This code is wrong or no longer valid/);
    const field = codeField(page);
    assert.equal(await field.evaluate((one) => one === document.activeElement), true);
    const described = await field.evaluate((one) => one.ariaDescribedByElements?.map(({ id }) => id));
    assert.ok(described === undefined || described.includes('notice'), `${described}`);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.pressSequentially(code);
    await page.keyboard.press('Enter');
    assert.equal((await answerAtSite(world, page)).status, 'VERIFIED');
  });

  test('who stays on the last page can load it again, and posts nothing twice', async (t) => {
    const page = await openWidget(t, browser, world);
    const opened = page.url();
    const answered = page.waitForRequest((request) => request.url().startsWith(world.site.origin));
    await page.route(`${world.site.origin}/**`, (route) => route.fulfill({ status: 204 }));
    const code = await askCode(world.server, page, freshNumber());
    await codeField(page).fill(code);
    await (await answered).response();
    const heading = page.getByRole('heading', { name: 'Your number is confirmed' });
    await heading.waitFor();
    await page.waitForFunction((url) => location.href === url, opened);
    const again = await page.reload();
    assert.deepEqual([again?.request().method(), again?.status()], ['GET', 200]);
    await heading.waitFor();
  });

  test('a code that came in one piece goes by itself, a typed one does not', async (t) => {
    const page = await openWidget(t, browser, world);
    const code = await askCode(world.server, page, freshNumber());
    await codeField(page).pressSequentially(otherThan(code));
    assert.equal(await codeField(page).inputValue(), otherThan(code));
    assert.equal(world.site.answers.length, 0);
    await codeField(page).fill('');
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      const pasted = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.getElementById('code')?.dispatchEvent(pasted);
    }, ` ${code.slice(0, 3)} ${code.slice(3)}\n`);
    assert.equal((await answerAtSite(world, page)).status, 'VERIFIED');
  });

  test('an incomplete code is asked for without the server', async (t) => {
    const page = await openWidget(t, browser, world);
    await askCode(world.server, page, freshNumber());
    await codeField(page).pressSequentially('12');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The code has 6 digits.' }).waitFor();
    assert.equal(await codeField(page).inputValue(), '12');
  });

  test('a number that is none is said, and what was typed stays', async (t) => {
    const page = await openWidget(t, browser, world, { locale: 'et-EE' });
    await page.getByLabel('Telefoninumber').fill('12');
    await page.getByRole('button', { name: 'Saada kood' }).click();
    await page.getByRole('alert').filter({ hasText: 'See pole täielik telefoninumber.' }).waitFor();
    assert.equal(await page.getByLabel('Telefoninumber').inputValue(), '12');
    assert.equal(await page.locator('html').getAttribute('lang'), 'et');
    assert.equal(await page.getByLabel('Riik').inputValue(), 'EE');
  });

  test('whoever cancels goes back with a signed answer, on each step', async (t) => {
    const page = await openWidget(t, browser, world);
    await button(page, 'Cancel').click();
    const first = await answerAtSite(world, page);
    assert.deepEqual([first.status, first.phone], ['CANCELLED', undefined]);
    world.site.answers.length = 0;
    await page.goto(await signedAddress(world.server, world.site));
    await askCode(world.server, page, freshNumber());
    await button(page, 'Cancel').click();
    assert.equal((await answerAtSite(world, page)).status, 'CANCELLED');
  });

  test('the number can be changed', async (t) => {
    const page = await openWidget(t, browser, world, { fields: { phone: freshNumber() } });
    assert.match(await phoneField(page).inputValue(), /^\+372 5551/);
    assert.equal(await page.getByLabel('Country').inputValue(), 'EE');
    await button(page, 'Send code').click();
    await codeField(page).waitFor();
    await button(page, 'Change number').click();
    const number = freshNumber();
    const code = await askCode(world.server, page, number);
    await codeField(page).fill(code);
    assert.equal((await answerAtSite(world, page)).phone, number);
  });

  test('a locked number is shown and stays', async (t) => {
    const phone = freshNumber();
    const page = await openWidget(t, browser, world, { fields: { phone, phone_lock: '1' } });
    await page.getByText(`+372 5551 ${phone.slice(-4)}`).waitFor();
    assert.equal(await page.locator('input:visible, select').count(), 0);
    const before = await world.server.messagesSent();
    await button(page, 'Send code').click();
    await codeField(page).waitFor();
    assert.equal(await button(page, 'Change number').count(), 0);
    await codeField(page).fill(await world.server.pinSentTo(phone, before));
    assert.equal((await answerAtSite(world, page)).phone, phone);
  });
});

describe('time', () => {
  test('the message can be sent again when its time has come', async (t) => {
    const page = await openWidget(t, browser, world, { hasClock: true });
    const number = freshNumber();
    await askCode(world.server, page, number);
    const again = button(page, 'Send again');
    assert.equal(await again.getAttribute('aria-disabled'), 'true');
    await page.getByText(/You can have it sent again in \d:\d\d\./).waitFor();
    // After half a minute the message is repeated by itself; a person can ask a minute later.
    const first = await world.server.messagesSent();
    await world.server.advance(31);
    await world.server.pinSentTo(number, first);
    await world.server.advance(60);
    await page.clock.fastForward(91_000);
    await page.getByRole('status').filter({ hasText: 'You can have it sent again now.' }).waitFor();
    const before = await world.server.messagesSent();
    await again.click();
    await page.getByRole('status').filter({ hasText: 'The message was sent again.' }).waitFor();
    const code = await world.server.pinSentTo(number, before);
    await codeField(page).fill(code);
    assert.equal((await answerAtSite(world, page)).status, 'VERIFIED');
  });

  test('when the code has ended the page says so by itself', async (t) => {
    const page = await openWidget(t, browser, world, { hasClock: true });
    await askCode(world.server, page, freshNumber());
    await page.getByText(/The code expires in [45]:\d\d\./).waitFor();
    await world.server.advance(301);
    await page.clock.fastForward(301_000);
    await page.getByRole('alert').filter({ hasText: 'This code is wrong or no longer valid.' }).waitFor();
    await phoneField(page).waitFor();
  });
});

describe('the browser’s own buttons', () => {
  test('too many wrong codes are said with the time to wait', async (t) => {
    const page = await openWidget(t, browser, world);
    const number = freshNumber();
    const code = await askCode(world.server, page, number);
    for (let round = 0; round < 5; round += 1) {
      await codeField(page).fill('');
      await codeField(page).pressSequentially(otherThan(code));
      const [answer] = await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      assert.equal(answer.status(), 200);
    }
    await page.getByRole('alert').filter({ hasText: 'Have a new one sent.' }).waitFor();
    await button(page, 'Send code').click();
    const alert = page.getByRole('alert').filter({ hasText: 'Too many wrong codes were entered for this number.' });
    await alert.waitFor();
    assert.match(await alert.innerText(), /Try again in (60|5\d) seconds/);
    assert.match(await phoneField(page).inputValue(), /5551/, 'what was typed stays');
    await assertAccessible(page);
    await shoot(page, 'widget-throttled');
  });

  test('too much from one address is said, and nothing is sent', async (t) => {
    const page = await openWidget(t, browser, world);
    for (let start = 0; start < 10; start += 1) {
      await askCode(world.server, page, freshNumber());
      await button(page, 'Change number').click();
    }
    const before = await world.server.messagesSent();
    await phoneField(page).fill(freshNumber());
    await button(page, 'Send code').click();
    const alert = page.getByRole('alert').filter({ hasText: 'There were too many attempts from your connection.' });
    await alert.waitFor();
    assert.match(await alert.innerText(), /Try again in \d+ minutes/);
    assert.equal(await world.server.messagesSent(), before);
    await assertAccessible(page);
  });

  test('a reload in the middle keeps the step', async (t) => {
    const page = await openWidget(t, browser, world);
    const number = freshNumber();
    const code = await askCode(world.server, page, number);
    const sent = await world.server.messagesSent();
    await page.reload();
    await codeField(page).waitFor();
    assert.equal(await world.server.messagesSent(), sent, 'nothing is sent twice');
    await codeField(page).fill(code);
    assert.equal((await answerAtSite(world, page)).phone, number);
  });

  test('back from the code is no way around it, and back from the site sends nothing by itself', async (t) => {
    const page = await openWidget(t, browser, world);
    const code = await askCode(world.server, page, freshNumber());
    await page.goBack();
    await codeField(page).fill(code);
    const answer = await answerAtSite(world, page);
    await page.goBack();
    await page.getByRole('heading', { name: 'Your number is confirmed' }).waitFor();
    assert.equal(world.site.answers.length, 1, 'the answer waits for a press');
    world.site.answers.length = 0;
    await page.getByRole('button', { name: 'Continue to 127.0.0.1' }).click();
    const again = await answerAtSite(world, page);
    assert.deepEqual([again.status, again.nonce], [answer.status, answer.nonce]);
  });

  test('two tabs do not disturb each other', async (t) => {
    const one = await openWidget(t, browser, world);
    const other = await one.context().newPage();
    await other.goto(await signedAddress(world.server, world.site));
    const [first, second] = [freshNumber(), freshNumber()];
    const firstCode = await askCode(world.server, one, first);
    const secondCode = await askCode(world.server, other, second);
    await codeField(other).fill(secondCode);
    assert.equal((await answerAtSite(world, other)).phone, second);
    world.site.answers.length = 0;
    await codeField(one).fill(firstCode);
    assert.equal((await answerAtSite(world, one)).phone, first);
  });

  test('an address that was used opens nothing', async (t) => {
    const page = await openWidget(t, browser, world, { allows: /status of 409/ });
    const address = await signedAddress(world.server, world.site);
    await page.goto(address);
    await page.context().clearCookies();
    const answer = await page.goto(address);
    assert.equal(answer.status(), 409);
    await page.getByText('This link was used already.').waitFor();
    assert.equal(await page.locator('a, form').count(), 0);
    await assertAccessible(page);
  });
});

describe('for everybody', () => {
  test('it works without scripts', async (t) => {
    const page = await openWidget(t, browser, world, { javaScriptEnabled: false });
    const number = freshNumber();
    const code = await askCode(world.server, page, number);
    await page.getByText('The code expires in 5 minutes.').waitFor();
    await codeField(page).fill(otherThan(code));
    await button(page, 'Confirm').click();
    await page.getByText('This code is wrong or no longer valid.').waitFor();
    await shoot(page, 'widget-without-scripts');
    await codeField(page).fill(code);
    await button(page, 'Confirm').click();
    await page.getByRole('button', { name: 'Continue to 127.0.0.1' }).click();
    assert.equal((await answerAtSite(world, page)).phone, number);
  });

  test('it works by keyboard alone', async (t) => {
    const page = await openWidget(t, browser, world);
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'country');
    await page.keyboard.type('Estonia');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'phone');
    const number = freshNumber();
    const before = await world.server.messagesSent();
    await page.keyboard.type(number.slice(4));
    await page.keyboard.press('Enter');
    await codeField(page).waitFor();
    assert.equal(await focused(), 'code', 'the code can be typed at once');
    await page.keyboard.type(await world.server.pinSentTo(number, before));
    await page.keyboard.press('Enter');
    assert.equal((await answerAtSite(world, page)).phone, number);
  });

  for (const [name, options, direction] of [
    ['wide', { viewport: { width: 1280, height: 800 } }],
    ['dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
    ['320px', { viewport: { width: 320, height: 600 } }],
    ['rtl', { viewport: { width: 360, height: 740 } }, 'rtl'],
    ['forced-colours', { viewport: { width: 360, height: 740 }, forcedColors: 'active' }],
  ]) {
    test(`every state is accessible and fits: ${name}`, async (t) => {
      const page = await openWidget(t, browser, world, options);
      const look = async (state) => {
        if (direction) await page.evaluate((dir) => { document.documentElement.dir = dir; }, direction);
        await assertAccessible(page);
        await assertFitsWidth(page);
        await shoot(page, `widget-${state}-${name}`);
      };
      await look('number');
      await phoneField(page).fill('+372123');
      await button(page, 'Send code').click();
      await page.getByRole('alert').waitFor();
      await look('number-invalid');
      const code = await askCode(world.server, page, freshNumber());
      await look('code');
      await codeField(page).pressSequentially(otherThan(code));
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await look('code-wrong');
      await codeField(page).fill(code);
      await answerAtSite(world, page);
      await page.goBack();
      await page.getByRole('heading', { name: 'Your number is confirmed' }).waitFor();
      await look('return');
    });
  }

  test('a page whose session is over says so', async (t) => {
    const page = await openWidget(t, browser, world, { allows: /status of 410/ });
    await page.context().clearCookies();
    assert.equal((await page.reload()).status(), 410);
    await page.getByRole('heading', { name: 'This page is no longer open' }).waitFor();
    await assertAccessible(page);
    await shoot(page, 'widget-gone');
  });
});

describe('robots pay, people do not notice', () => {
  test('the work of one message takes a phone about half a second', async (t) => {
    const page = await openWidget(t, browser, world);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    const { challenge, took } = await page.evaluate(async () => {
      const source = document.querySelector('link[href$="/work.js"]')?.getAttribute('href') ?? '';
      const { solve } = await import(source);
      const challenge = document.querySelector('[name=challenge]').value;
      const [bits, millis, tag] = challenge.split('.');
      const took = [];
      for (let round = 0; round < 9; round += 1) {
        const begin = performance.now();
        await solve(`${bits}.${Number(millis) + round}.${tag}`);
        took.push(Math.round(performance.now() - begin));
      }
      return { challenge, took: took.sort((a, b) => a - b) };
    });
    t.diagnostic(`one message on a CPU four times slower: ${took.join(', ')} ms`);
    assert.match(challenge, /^13\./, 'what the page of a new address asks for');
    // Wide enough for a busy machine, too narrow for work of a tenth or of ten times that.
    assert.ok(took[4] > 50 && took[4] < 2_500, `${took[4]} ms`);
  });

  test('a press that comes before the work is done waits for it', async (t) => {
    const page = await openWidget(t, browser, world);
    const number = freshNumber();
    await page.evaluate((typed) => {
      const field = document.getElementById('phone');
      if (field instanceof HTMLInputElement) field.value = typed;
      document.querySelector('form')?.requestSubmit();
    }, number);
    await codeField(page).waitFor();
  });
});

test('what others write into a page never runs', async (t) => {
  const page = await openWidget(t, browser, world);
  const hostile = '"><img src=x onerror="window.hasRun=1"><script>window.hasRun=1</script>';
  await phoneField(page).fill(hostile.slice(0, 30));
  await button(page, 'Send code').click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.evaluate(() => 'hasRun' in window), false);
  assert.equal(await page.locator('img').count(), 0);
});
