import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { NewAuthenticator, RecoveryCodes, Ringproof, VERSION } from 'ringproof';

const account = { username: 'shop', password: 'correct-horse-battery' };

test('plain HTTP is for this machine, or for who says so', () => {
  for (const endpoint of ['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1', 'https://a.example']) {
    assert.ok(new Ringproof({ ...account, endpoint }));
  }
  for (const endpoint of ['http://verify.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1']) {
    assert.throws(() => new Ringproof({ ...account, endpoint }), TypeError);
    assert.ok(new Ringproof({ ...account, endpoint, allowPlainHttp: true }));
  }
});

test('what cannot be an address or an account is refused, and not repeated', () => {
  const wrong = [
    { endpoint: 'verify.example' },
    { endpoint: 'ftp://verify.example' },
    { endpoint: 'https://user:hidden-part@verify.example' },
    { endpoint: 'https://verify.example/?hidden-part' },
    { username: 'sh:op' },
    { password: 'hidden-part\n' },
    { password: 'hidden-part'.repeat(60) },
    { timeoutMs: 0 },
    { retries: -1 },
  ];
  for (const options of wrong) {
    assert.throws(
      () => new Ringproof({ ...account, endpoint: 'https://verify.example', ...options }),
      (error) => error instanceof TypeError && !inspect(error).includes('hidden-part'),
    );
  }
});

test('the address comes from the environment if none is given', () => {
  const before = process.env['RINGPROOF_ENDPOINT'];
  try {
    process.env['RINGPROOF_ENDPOINT'] = 'https://one.example/v1/, https://two.example';
    assert.match(inspect(new Ringproof(account)), /'https:\/\/one\.example', 'https:\/\/two\.example'/);
    delete process.env['RINGPROOF_ENDPOINT'];
    assert.match(inspect(new Ringproof(account)), /http:\/\/127\.0\.0\.1:8080/);
  } finally {
    if (before !== undefined) {
      process.env['RINGPROOF_ENDPOINT'] = before;
    }
  }
});

test('printed and as JSON, the client shows no secret', () => {
  const ringproof = new Ringproof({ ...account, endpoint: 'https://a.example', widgetSecret: 'quiet-secret' });
  const parts = [ringproof, ...Object.values(ringproof)];
  for (const text of parts.flatMap((part) => [inspect(part, { depth: 9, showHidden: true }), JSON.stringify(part)])) {
    assert.ok(!text.includes('correct-horse'), text);
    assert.ok(!text.includes('quiet-secret'), text);
  }
});

test('what is shown once is not printed', () => {
  const incoming = { status: 201, text: '', requestId: null, retryAfter: null };
  const hidden = { secret: 'SEED', uri: 'otpauth://SEED', qr_svg: '<svg>SEED', qr_png: 'data:SEED' };
  const codes6 = { algorithm: 'SHA1', digits: 6, period: 30 };
  const shown = { id: 'i', name: 'n', kind: 'other', confirmed: false, ...codes6, ctime: 'c' };
  const made = new NewAuthenticator({ body: { ...shown, ...hidden, used: null }, incoming });
  const codes = new RecoveryCodes(['AMR7-SEED']);
  assert.equal(made.secret, 'SEED');
  assert.deepEqual(codes.codes, ['AMR7-SEED']);
  for (const text of [inspect(made), JSON.stringify(made), inspect(codes), JSON.stringify(codes)]) {
    assert.ok(!text.includes('SEED'), text);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(made)), { ...shown, used: null });
});

test('a PIN given as a number is a mistake of the program', async () => {
  const ringproof = new Ringproof({ ...account, endpoint: 'https://a.example' });
  // @ts-expect-error: the types say so too
  await assert.rejects(ringproof.auth.verify('s', 'u', 12345), TypeError);
  // @ts-expect-error: the types say so too
  await assert.rejects(ringproof.number.verify('id', 12345), TypeError);
  await assert.rejects(ringproof.auth.verify('s', /** @type {any} */ (undefined), '1'), TypeError);
  await assert.rejects(ringproof.services.create('shop.example', 'half a \ud83d'), TypeError);
  await assert.rejects(ringproof.sms.send('+37255500123', 'half a \ud83d'), TypeError);
  await assert.rejects(ringproof.number.start('+37255500123', { template: '<PIN>\ud83d' }), TypeError);
  await assert.rejects(ringproof.services.get('\ud83d'), { name: 'NoSuchResourceError' });
});

test('the package has the version that requests name', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  assert.equal(version, VERSION);
});
