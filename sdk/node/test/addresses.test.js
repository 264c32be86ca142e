// Which address is asked, and what is asked again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionFailedError, UnavailableError, VERSION } from 'ringproof';
import { client, fake, fakeBytes, json, nobody, PASSWORD, SERVICE } from './fake.js';

/** @param {import('node:test').TestContext} t */
const good = (t) => fake(t, (_, response) => json(response, 200, SERVICE));
/** @param {import('node:test').TestContext} t */
const losing = (t) => fakeBytes(t, (socket) => socket.destroy());
/** @param {import('node:test').TestContext} t */
const overloaded = (t) =>
  fake(t, (_, response) => json(response, 503, { message: 'no', code: 'overloaded' }));

test('a call that was surely not sent goes on to the next address, which then stays first', async (t) => {
  const first = await nobody(t);
  const second = await good(t);
  const third = await good(t);
  const ringproof = client([first, second.url, third.url]);
  await ringproof.services.create('shop.example', 'Shop');
  await ringproof.services.create('shop.example', 'Shop');
  assert.equal(second.seen.length, 2);
  assert.equal(third.seen.length, 0);
});

test('a start and a check that may have been sent are not made again', async (t) => {
  const first = await losing(t);
  const second = await good(t);
  const ringproof = client([first.url, second.url], { retries: 5 });
  const calls = [
    () => ringproof.auth.initiate('s', 'u', 'sms'),
    () => ringproof.auth.verify('s', 'u', '123456'),
    () => ringproof.number.start('+37255500123'),
    () => ringproof.number.verify('id', '123456'),
    () => ringproof.sms.send('+37255500123', 'Hello'),
    () => ringproof.sms.cancel('id'),
    () => ringproof.users.create('s', '+37255500123', 'jane'),
    () => ringproof.users.delete('s', 'u'),
    () => ringproof.recovery.use('s', 'u', 'code'),
    () => ringproof.widget.confirm('vid'),
  ];
  for (const [index, call] of calls.entries()) {
    await assert.rejects(call, (error) => error instanceof ConnectionFailedError && error.maybeSent);
    assert.equal(first.seen.length, index + 1);
  }
  assert.equal(second.seen.length, 0);
});

test('a read goes on when the answer is lost, or the server is overloaded', async (t) => {
  const first = await losing(t);
  const second = await overloaded(t);
  const third = await good(t);
  const ringproof = client([first.url, second.url, third.url]);
  assert.deepEqual(await ringproof.services.get('service-1'), SERVICE);
  assert.equal(first.seen.length, 1);
  assert.equal(second.seen.length, 1);
});

test('a read asks all addresses twice, and then says what the last one said', async (t) => {
  const first = await losing(t);
  const second = await overloaded(t);
  const ringproof = client([first.url, second.url]);
  await assert.rejects(ringproof.services.get('service-1'), UnavailableError);
  assert.equal(first.seen.length, 2);
  assert.equal(second.seen.length, 2);
});

test('a call that changes something is not made again at an overloaded server', async (t) => {
  const first = await overloaded(t);
  const second = await good(t);
  await assert.rejects(
    client([first.url, second.url]).services.delete('service-1'),
    // A step that was begun may still come to its end.
    (error) => error instanceof UnavailableError && error.maybeSent,
  );
  assert.equal(second.seen.length, 0);
});

test('where no message could go, nothing was done', async (t) => {
  const body = { message: 'no', code: 'sms_unavailable' };
  const { url } = await fake(t, (_, response) => json(response, 503, body));
  await assert.rejects(
    client(url).auth.initiate('s', 'u', 'sms'),
    (error) => error instanceof UnavailableError && !error.maybeSent,
  );
});

test('FAILED 209 is an answer', async (t) => {
  const first = await fake(t, (_, response) => response.end('FAILED 209'));
  const second = await good(t);
  const { sms } = client([first.url, second.url]);
  await assert.rejects(sms.balance(), (error) => {
    assert.ok(error instanceof UnavailableError && error.reason === 'FAILED 209');
    // A call that only reads can be repeated.
    return !error.maybeSent;
  });
  await assert.rejects(
    sms.cancel('id'),
    (error) => error instanceof UnavailableError && error.maybeSent,
  );
  assert.equal(second.seen.length, 0);
});

test('what stands in a request', async (t) => {
  const { url, seen } = await fake(t, (_, response) => response.end('OK 1'));
  const ringproof = client(`${url}/v1/`);
  await ringproof.sms.send('+37255500123', 'Õun & pähkel = 100 %', {
    timeToSend: new Date(1_767_226_500_123),
    udh: Uint8Array.of(5, 0, 255),
  });
  const [request] = seen;
  assert.equal(request?.method, 'POST');
  assert.equal(request?.url, '/send_sms');
  assert.equal(request?.headers['user-agent'], `ringproof-node/${VERSION}`);
  assert.equal(
    request?.body,
    `username=shop&password=${PASSWORD}&to=%2B37255500123&text=%C3%95un%20%26%20p%C3%A4hkel%20%3D%20100%20%25` +
      '&time_to_send=1767226500&udh=%05%00%ff',
  );
});

test('an id cannot leave its place in the path', async (t) => {
  const { url, seen } = await fake(t, (_, response) => json(response, 404, { message: 'no' }));
  const ringproof = client(url);
  await assert.rejects(ringproof.services.get('../../healthz?x=/é'), { status: 404 });
  assert.equal(seen[0]?.url, '/v1/service/service/..%2F..%2Fhealthz%3Fx%3D%2F%C3%A9');
  for (const id of ['', '.', '..']) {
    await assert.rejects(ringproof.users.delete('service', id), { name: 'NoSuchResourceError' });
  }
  assert.equal(seen.length, 1);
});
