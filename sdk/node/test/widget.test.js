import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { InvalidAnswerError, InvalidDataError, Ringproof, signature1, signature2 } from 'ringproof';

const SECRET = 'demo-pass-9f3a';
const BACK = 'https://shop.example/verify/back';
const NUMBER = '+37255500123';
const NOW = new Date('2026-01-01T00:10:00Z');
const seconds = NOW.getTime() / 1000;
const { widget } = new Ringproof({
  username: 'demouser01',
  password: 'never-sent-to-anybody',
  endpoint: 'https://verify.example',
  widgetSecret: SECRET,
});

// The worked examples of the contract, computed independently of this code.
const request1 = { callback_url: BACK, user: 'demouser01', version: '1' };
const result1 = { phone: NUMBER, status: 'VERIFIED', user: 'demouser01', version: '1' };
const cancelled1 = { ...result1, status: 'CANCELLED' };
/** @type {[string, Record<string, string>, 'pass' | 'password', string][]} */
const VERSION_1 = [
  ['request without phone', request1, 'pass', '9bfee034cbbc248e492b8dee3518afff'],
  ['request with phone', { ...request1, phone: NUMBER }, 'pass', 'bf98e792cec33c5c2a950d6671b57f73'],
  ['result, verified', result1, 'pass', '3d8c81b8161197ff1ad097f01b3a0561'],
  ['result, cancelled', cancelled1, 'pass', '26f4a7bf41132c23aabe06cd1a6ebe2c'],
  [
    'result, cancelled without phone',
    { status: 'CANCELLED', user: 'demouser01', version: '1' },
    'pass',
    '97aa25055c6bc5520d04c0addb3446e9',
  ],
  ['request, password', { ...request1, phone: NUMBER }, 'password', '5b379af4d67c7505db2aaffd6f1f30eb'],
  ['result, password', result1, 'password', 'dd75386716368578f7d84faae0570c2c'],
];

for (const [name, fields, spelling, expected] of VERSION_1) {
  test(`version 1: ${name}`, () => assert.equal(signature1(fields, SECRET, spelling), expected));
}

test('version 2: the worked examples', () => {
  const request = {
    callback_url: BACK,
    exp: '1767226500',
    nonce: '4f1d2c7b9a60e835',
    phone: NUMBER,
    user: 'demouser01',
    version: '2',
  };
  assert.equal(
    signature2('request', request, SECRET),
    '0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab',
  );
  const { callback_url: _, ...result } = { ...request, status: 'VERIFIED' };
  assert.equal(
    signature2('response', result, SECRET),
    'f6708f3ad5f95fc7a25658b806b0b3901cc22f83ac0d41fa07a2a5d33cb1394b',
  );
});

test('everything but unreserved characters is percent-encoded', () => {
  const message = 'request\na=%21%27%28%29%2A%20%C3%B5-._~';
  const expected = createHmac('sha256', SECRET).update(message).digest('hex');
  assert.equal(signature2('request', { a: "!'()* õ-._~", sig: 'left out' }, SECRET), expected);
});

test('a request of version 2 has what the server asks for', () => {
  const { url, nonce, fields } = widget.request({
    callbackUrl: BACK,
    phone: '00372 555 00-123',
    phoneLock: true,
    now: NOW,
  });
  const { origin, pathname, searchParams } = new URL(url);
  assert.equal(origin + pathname, 'https://verify.example/widget');
  assert.deepEqual(Object.fromEntries(searchParams), fields);
  assert.match(nonce ?? '', /^[\w-]{22,64}$/);
  assert.equal(fields['nonce'], nonce);
  assert.equal(fields['exp'], String(seconds + 600));
  assert.equal(fields['phone'], NUMBER);
  assert.equal(fields['phone_lock'], '1');
  assert.equal(fields['sig'], signature2('request', fields, SECRET));
  assert.notEqual(widget.request({ callbackUrl: BACK }).nonce, nonce);
});

test('a text that is no number is not signed', () => {
  for (const phone of ['+37255500199statusVERIFIED', '', '12', '+372 (0) 5550123']) {
    assert.throws(() => widget.request1({ callbackUrl: BACK, phone }), InvalidDataError);
    assert.throws(() => widget.request({ callbackUrl: BACK, phone }), InvalidDataError);
  }
});

test('a request of version 1 is signed as the contract says', () => {
  const { fields } = widget.request1({ callbackUrl: BACK, phone: NUMBER });
  assert.deepEqual(fields, {
    ...request1,
    phone: NUMBER,
    sig: 'bf98e792cec33c5c2a950d6671b57f73',
  });
});

/** @param {Record<string, string>} [more] */
function answer2(more = {}) {
  /** @type {Record<string, string>} */
  const fields = {
    user: 'demouser01',
    version: '2',
    status: 'VERIFIED',
    phone: NUMBER,
    nonce: '4f1d2c7b9a60e8354f1d2c7b',
    exp: String(seconds + 299),
    vid: '6f0f9b1c2d3e4f5061728394a5b6c7d8',
    ...more,
  };
  return { ...fields, sig: signature2('response', fields, SECRET) };
}
const expected2 = { nonce: '4f1d2c7b9a60e8354f1d2c7b', now: NOW };

test('a genuine answer of version 2 is believed, as a form or as an object', () => {
  for (const form of [answer2(), new URLSearchParams(answer2()), new Map(Object.entries(answer2()))]) {
    const answer = widget.check(form, { ...expected2, phone: '+372 555 00123' });
    assert.equal(answer.isVerified, true);
    assert.equal(answer.phone, NUMBER);
    assert.equal(answer.vid, '6f0f9b1c2d3e4f5061728394a5b6c7d8');
  }
  const cancelled = widget.check(answer2({ status: 'CANCELLED' }), expected2);
  assert.equal(cancelled.isVerified, false);
  const mine = widget.check(answer2(), { nonce: (nonce) => nonce.startsWith('4f1d'), now: NOW });
  assert.equal(mine.isVerified, true);
});

/** @type {[string, Record<string, unknown>, object, string][]} */
const UNBELIEVED = [
  ['another status', { ...answer2({ status: 'CANCELLED' }), status: 'VERIFIED' }, {}, 'signature'],
  ['another number', { ...answer2(), phone: '+37255500124' }, {}, 'signature'],
  ['no signature', { ...answer2(), sig: '' }, {}, 'signature'],
  ['a short signature', { ...answer2(), sig: 'f6' }, {}, 'signature'],
  ['a field more', { ...answer2(), extra: '1' }, {}, 'signature'],
  ['a field twice', { ...answer2(), phone: [NUMBER, NUMBER] }, {}, 'fields'],
  ['another account', answer2({ user: 'other' }), {}, 'fields'],
  ['another version', answer2({ version: '1' }), {}, 'fields'],
  ['an unknown status', answer2({ status: 'MAYBE' }), {}, 'fields'],
  ['a number that is none', answer2({ phone: '37255500123' }), {}, 'fields'],
  ['the end has come', answer2({ exp: String(seconds) }), {}, 'expired'],
  ['an end far ahead', answer2({ exp: String(seconds + 4000) }), {}, 'expired'],
  ['an end that is no number', answer2({ exp: 'never' }), {}, 'expired'],
  ['another attempt', answer2(), { nonce: 'another-nonce-of-somebody' }, 'nonce'],
  ['an attempt of nobody', answer2(), { nonce: () => false }, 'nonce'],
  ['no vid', answer2({ vid: '' }), {}, 'fields'],
  ['a number that was not asked for', answer2(), { phone: '+37255500124' }, 'phone'],
];
for (const [name, form, expected, reason] of UNBELIEVED) {
  test(`an answer of version 2 is not believed: ${name}`, () => {
    assert.throws(
      () => widget.check(form, { ...expected2, ...expected }),
      (error) => error instanceof InvalidAnswerError && error.reason === reason,
    );
  });
}

test('a request of version 2 cannot be handed in as an answer', () => {
  const { fields } = widget.request({ callbackUrl: BACK, phone: NUMBER, now: NOW });
  const form = { ...fields, status: 'VERIFIED' };
  assert.throws(() => widget.check(form, { nonce: () => true, now: NOW }), InvalidAnswerError);
});

test('an answer of version 1 is believed in both spellings, and with the second signature', () => {
  for (const spelling of /** @type {const} */ (['pass', 'password'])) {
    const form = { ...result1, sig: signature1(result1, SECRET, spelling) };
    assert.equal(widget.check1(form, { phone: NUMBER }).isVerified, true);
    assert.throws(() => widget.check1(form, { phone: '+37255500124' }), InvalidAnswerError);
    assert.throws(() => widget.check1(form, { callbackUrl: BACK }), InvalidAnswerError);
    const sig2 = signature2('response', { ...result1, callback_url: BACK }, SECRET);
    assert.equal(widget.check1({ ...form, sig2 }, { callbackUrl: BACK }).isVerified, true);
    const other = `${BACK}?once=2`;
    assert.throws(() => widget.check1({ ...form, sig2 }, { callbackUrl: other }), InvalidAnswerError);
  }
  const form = { ...result1, sig: signature1(cancelled1, SECRET) };
  assert.throws(() => widget.check1(form), InvalidAnswerError);
});

test('the worked forgery of the contract is not believed', () => {
  const form = {
    callback_url: BACK,
    phone: '+37255500199',
    status: 'VERIFIED',
    user: 'demouser01',
    version: '1',
    sig: '473a81f1045d45cca8fabba2c6d938d6',
  };
  assert.throws(() => widget.check1(form), InvalidAnswerError);
});

test('printed and as JSON, answers and requests mask the number', () => {
  const answer = widget.check(answer2(), expected2);
  const request = widget.request({ callbackUrl: BACK, phone: NUMBER });
  for (const text of [inspect(answer), JSON.stringify(answer), inspect(request), JSON.stringify(request)]) {
    assert.ok(!text.includes('55500123'), text);
    assert.ok(!text.includes(SECRET), text);
  }
  assert.match(inspect(answer), /\+3725•••••23/);
});
