// What the scenario does past the library: the inbox, the clock and the faults of the server, and
// the harness around it.
import { createHmac } from 'node:crypto';

export class Beside {
  #server;
  #control;
  #seen;

  constructor({ addresses, control }, seen) {
    this.#server = addresses.main;
    this.#control = control;
    this.#seen = seen;
  }

  async call(name, args) {
    switch (name) {
      case 'dev.message':
        return this.#message(args.to);
      case 'dev.advance':
        return fetched(`${this.#server}/dev/clock`, { advance_seconds: args.seconds });
      case 'dev.time':
        return { unix_seconds: Math.floor((await this.#now()) / 1000) + args.ahead_seconds };
      case 'dev.totp':
        return codes(totp(args.secret, await this.#now()));
      case 'dev.faults':
        return fetched(`${this.#server}/dev/faults`, args);
      case 'dev.receipt':
        return fetched(`${this.#server}/dev/inbox/receipts`, args);
      case 'harness.kill':
        return fetched(`${this.#control}/kill`, {});
      case 'harness.start':
        return fetched(`${this.#control}/start`, {});
      case 'harness.widget':
        return fetched(`${this.#control}/widget`, args);
      case 'harness.requests':
        return fetched(`${this.#control}/requests?address=${args.address}`);
      default:
        throw new Error(`there is no call ${name}`);
    }
  }

  async #message(to) {
    const after = this.#seen.get(to) ?? 0;
    const query = new URLSearchParams({ to, after: String(after), wait_seconds: '8' });
    const { messages } = await fetched(`${this.#server}/dev/inbox?${query}`);
    const message = messages.at(-1);
    if (message === undefined) {
      throw new Error(`no message to ${to}`);
    }
    this.#seen.set(to, message.seq);
    const pin = /\d{4,16}/.exec(message.text)?.[0] ?? null;
    const wrong = pin === null ? null : pin.slice(0, -1) + ((Number(pin.at(-1)) + 1) % 10);
    const { id, from, text } = message;
    return { id, to: message.to, from, text, pin, wrong_pin: wrong };
  }

  async #now() {
    const { now } = await fetched(`${this.#server}/dev/clock`);
    return Date.parse(now);
  }
}

/** A code, and one of which each digit is another. */
function codes(code) {
  return { code, wrong_code: code.replace(/\d/g, (digit) => String(9 - Number(digit))) };
}

async function fetched(url, body) {
  const response = await fetch(url, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    // A server that is killed must not leave a connection behind that the next call would take.
    headers: { connection: 'close' },
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}: ${text}`);
  }
  return text === '' ? null : JSON.parse(text);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 6238 with SHA-1, six digits and 30 seconds. */
function totp(secret, milliseconds) {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(milliseconds / 30_000)));
  const digest = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
  const offset = digest[19] & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
