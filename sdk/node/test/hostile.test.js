// Servers that are slow, broken off, or none of ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  ConnectionFailedError,
  InternalError,
  InvalidDataError,
  InvalidResponseError,
  NoSuchResourceError,
  ResourceAlreadyExistsError,
  RingproofError,
  ThrottledError,
  UnavailableError,
} from 'ringproof';
import { client, fake, fakeBytes, json, nobody, PASSWORD, SERVICE } from './fake.js';

/**
 * The error of a call that must fail.
 *
 * @param {Promise<unknown>} call
 * @returns {Promise<RingproofError>}
 */
async function failure(call) {
  const error = await call.then(
    (value) => assert.fail(`gave ${inspect(value)}`),
    (reason) => reason,
  );
  assert.ok(error instanceof RingproofError, inspect(error));
  return error;
}

test('silence ends after the time-out', async (t) => {
  const { url, seen } = await fake(t, () => {});
  const error = await failure(client(url, { timeoutMs: 100 }).services.create('shop.example', 'Shop'));
  assert.ok(error instanceof ConnectionFailedError);
  assert.equal(error.maybeSent, true);
  assert.equal(error.status, null);
  assert.equal(seen.length, 1);
});

test('a body that comes by drops ends after the time-out as well', async (t) => {
  const { url } = await fake(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drops = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drops));
  });
  const error = await failure(client(url).number.start('+37255500123', { timeoutMs: 150 }));
  assert.ok(error instanceof ConnectionFailedError);
  assert.match(error.message, /no answer within 150 ms/);
});

test('half an answer is none', async (t) => {
  const { url, seen } = await fakeBytes(t, (socket) => {
    socket.end('HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{"id":"service-1",');
  });
  const error = await failure(client(url).services.create('shop.example', 'Shop'));
  assert.ok(error instanceof ConnectionFailedError);
  assert.equal(error.maybeSent, true);
  assert.equal(seen.length, 1);
});

test('bytes that are no HTTP', async (t) => {
  const { url } = await fakeBytes(t, (socket) => socket.end('220 mail.example ESMTP\r\n'));
  const error = await failure(client(url).users.delete('service', 'user'));
  assert.ok(error instanceof ConnectionFailedError);
  assert.equal(error.maybeSent, true);
});

test('an answer without end is cut', async (t) => {
  let closed = false;
  const { url } = await fake(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.on('close', () => (closed = true));
    const more = () => {
      while (!closed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const error = await failure(client(url).services.get('service'));
  assert.ok(error instanceof InvalidResponseError);
  assert.match(error.message, /more than 67108864 bytes/);
});

test('a redirect is not followed, and no password travels on', async (t) => {
  const other = await fake(t, (_, response) => json(response, 200, SERVICE));
  const { url } = await fake(t, (_, response) => {
    response.writeHead(307, { location: other.url }).end();
  });
  const error = await failure(client(url).services.get('service'));
  assert.equal(error.constructor, RingproofError);
  assert.equal(error.status, 307);
  assert.equal(other.seen.length, 0);
});

/** @type {[string, string][]} */
const NOT_OURS = [
  ['no JSON', '<html>not what you asked for</html>'],
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['a member is missing', '{"id":"service-1","name":"Shop"}'],
  ['a member of another type', '{"id":7,"name":"Shop","ctime":"2026"}'],
];
for (const [name, body] of NOT_OURS) {
  test(`status 200 with ${name} is no answer`, async (t) => {
    const { url } = await fake(t, (_, response) => response.writeHead(200).end(body));
    const error = await failure(client(url).services.get('service'));
    assert.ok(error instanceof InvalidResponseError, inspect(error));
    assert.equal(error.status, 200);
  });
}

test('a body that is no UTF-8 is no answer', async (t) => {
  const { url } = await fake(t, (_, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])));
  assert.ok((await failure(client(url).services.get('service'))) instanceof InvalidResponseError);
});

test('a PIN is not right because a page came', async (t) => {
  const { url } = await fake(t, (_, response) => response.end('<p>VERIFIED</p>'));
  const ringproof = client(url);
  assert.ok((await failure(ringproof.number.verify('id', '123456'))) instanceof InvalidResponseError);
  assert.ok((await failure(ringproof.auth.verify('s', 'u', '123456'))) instanceof InvalidResponseError);
});

test('verified must be a boolean', async (t) => {
  const { url } = await fake(t, (_, response) => json(response, 200, { method: 'sms', verified: 'true' }));
  assert.ok((await failure(client(url).auth.verify('s', 'u', '123456'))) instanceof InvalidResponseError);
});

test('the page of a proxy does not pass for "there is no such user"', async (t) => {
  const { url } = await fake(t, (_, response) => response.writeHead(404).end('<h1>Not Found</h1>'));
  assert.ok((await failure(client(url).users.get('s', 'u'))) instanceof InvalidResponseError);
});

/** @type {[number, typeof RingproofError][]} */
const PAGES = [
  [401, InvalidResponseError],
  [403, InvalidResponseError],
  [404, InvalidResponseError],
  [405, InvalidResponseError],
  [409, InvalidResponseError],
  [422, InvalidResponseError],
  [400, InvalidDataError],
  [408, UnavailableError],
  [413, InvalidDataError],
  [414, InvalidDataError],
  [429, ThrottledError],
  [431, InvalidDataError],
  [502, UnavailableError],
];
for (const [status, kind] of PAGES) {
  test(`a page with status ${status} is no line`, async (t) => {
    const { url } = await fake(t, (_, response) => response.writeHead(status).end('<h1>A page</h1>'));
    const error = await failure(client(url).sms.send('+37255500123', 'Hello'));
    assert.equal(error.constructor, kind);
    assert.equal(error.status, status);
    assert.equal(error.maybeSent, status === 502);
  });
}

/** @type {[number, unknown, typeof RingproofError][]} */
const REFUSALS = [
  [422, { message: 'no', code: 'invalid_field', field: 'name' }, InvalidDataError],
  [404, { message: 'no', code: 'service_not_found' }, NoSuchResourceError],
  [429, { message: 'later', code: 'rate_limited' }, ThrottledError],
  [500, { message: 'broken', code: 'internal' }, InternalError],
  [502, 'Bad Gateway', UnavailableError],
  [418, { message: 'tea' }, RingproofError],
];
for (const [status, body, kind] of REFUSALS) {
  test(`status ${status}`, async (t) => {
    const headers = { 'retry-after': '7', 'x-request-id': 'abc-123' };
    const { url } = await fake(t, (_, response) => json(response, status, body, headers));
    const error = await failure(client(url).services.create('shop.example', 'Shop'));
    assert.equal(error.constructor, kind);
    assert.equal(error.status, status);
    assert.equal(error.retryAfter, 7);
    assert.equal(error.requestId, 'abc-123');
  });
}

test('what a server echoes does not come into errors', async (t) => {
  const { url } = await fake(t, (request, response, body) => {
    const message = `\u0000bad: ${body} ${request.headers['x-service-auth']}`;
    json(response, 422, { message, code: message, field: message }, { 'x-request-id': 'a b' });
  });
  const ringproof = client(url);
  const errors = [
    await failure(ringproof.users.create('s', '+37255500123', 'jane')),
    await failure(ringproof.auth.verify('s', 'u', '483920')),
    await failure(ringproof.recovery.use('s', 'u', 'AMR7-3IGJ-Y3LP-OGM2-NTN5-MPYZ')),
    await failure(ringproof.authenticators.create('s', 'u', { secret: 'OZSXE2LHMF2G64RN' })),
  ];
  const secrets = [PASSWORD, '+37255500123', '55500123', '483920', 'AMR7-3IGJ', 'OZSXE2LHMF2G64RN'];
  for (const error of errors) {
    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error), String(error)]) {
      for (const secret of secrets) {
        assert.ok(!text.includes(secret), text);
      }
    }
    assert.ok(error.message.length < 400);
  }
});

test('the caller can end a call', async (t) => {
  const { url, seen } = await fake(t, () => stop.abort(new Error('the person left')));
  const stop = new AbortController();
  const { signal } = stop;
  await assert.rejects(client(url).services.get('s', { signal }), /the person left/);
  await assert.rejects(client(url).services.get('s', { signal }), /the person left/);
  assert.equal(seen.length, 1);
});

test('an answer of the widget is confirmed once', async (t) => {
  const confirmed = {
    vid: '6f0f9b1c2d3e4f50',
    status: 'VERIFIED',
    phone: '+37255500123',
    user: 'shop',
    version: 2,
    nonce: '4f1d2c7b9a60e8354f1d2c7b',
    callback_url: 'https://shop.example/verify/back',
    finished_at: '2026-11-26T21:15:45.809Z',
  };
  const { url, seen } = await fake(t, (_, response) =>
    seen.length < 3
      ? json(response, 200, seen.length === 1 ? confirmed : { ...confirmed, version: '1' })
      : json(response, 409, { message: 'it was confirmed before', code: 'already_confirmed' }),
  );
  const ringproof = client(url);
  const answer = await ringproof.widget.confirm(confirmed.vid);
  assert.equal(answer.version, 2);
  assert.equal((await ringproof.widget.confirm(confirmed.vid)).version, 1);
  assert.equal(answer.isVerified, true);
  assert.equal(answer.phone, '+37255500123');
  assert.equal(answer.callbackUrl, 'https://shop.example/verify/back');
  assert.ok(!inspect(answer).includes('55500123'));
  assert.ok((await failure(ringproof.widget.confirm(confirmed.vid))) instanceof ResourceAlreadyExistsError);
  assert.equal(seen[0]?.url, '/v1/widget/confirm');
  assert.equal(seen[0]?.body, '{"vid":"6f0f9b1c2d3e4f50"}');
  assert.equal(seen[0]?.headers['x-service-auth'], `shop:${PASSWORD}`);
});

test('nobody listens', async (t) => {
  const error = await failure(client(await nobody(t)).number.start('+37255500123'));
  assert.ok(error instanceof ConnectionFailedError);
  assert.equal(error.maybeSent, false);
});
