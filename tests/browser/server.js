// A real server on a fresh folder, and the calls of a program that uses it.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BINARY = process.env.RINGPROOF_BIN ?? 'target/release/ringproof';
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/**
 * Waits until `look` gives something other than undefined.
 * @template T
 * @param {string} what
 * @param {() => Promise<T | undefined>} look
 * @returns {Promise<T>}
 */
async function until(what, look) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** A running `ringproof serve --dev`. */
export class Server {
  #folder = '';
  #process;
  #serviceId = '';
  #users = 0;
  #services = 0;
  /** What is there, by the name of the service. */
  #left = new Map();
  #log = '';
  baseUrl = '';
  /** The account's user name, and what signs the widget's requests for it. */
  username = '';
  widgetSecret = '';
  #credentials = '';

  /**
   * Starts one on a fresh folder; `settings` are its environment variables.
   * @param {Record<string, string>} [settings]
   */
  static async start(settings = {}) {
    const server = new Server();
    server.#folder = await mkdtemp(join(tmpdir(), 'ringproof-browser-'));
    await server.#run('127.0.0.1:0', settings);
    return server;
  }

  async #run(listen, settings) {
    const file = join(this.#folder, 'dev.json');
    await rm(file, { force: true });
    const env = Object.entries(process.env).filter(([name]) => !name.startsWith('RINGPROOF_'));
    this.#process = spawn(
      BINARY,
      ['serve', '--dev', '--listen', listen, '--data', this.#folder],
      { env: { ...Object.fromEntries(env), ...settings }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const left = this.#process;
    const end = () => left.kill('SIGKILL');
    process.once('exit', end);
    left.once('exit', () => process.off('exit', end));
    this.#process.on('error', (error) => { this.#log += error.message; });
    this.#process.stderr?.on('data', (text) => { this.#log += text; });
    const dev = await until('dev.json', async () => {
      if (this.#process.exitCode !== null || this.#process.pid === undefined) {
        throw new Error(`${BINARY} ended: ${this.#log}`);
      }
      const text = await readFile(file, 'utf8').catch(() => undefined);
      return text && JSON.parse(text);
    });
    this.baseUrl = dev.base_url;
    this.username = dev.username;
    this.widgetSecret = dev.widget_secret;
    this.#credentials = `${dev.username}:${dev.password}`;
    await until('an answer', async () => {
      const answer = await fetch(`${this.baseUrl}/healthz`).catch(() => undefined);
      return answer?.ok || undefined;
    });
  }

  /** The file for scripts, with address and credentials. */
  get devFile() {
    return join(this.#folder, 'dev.json');
  }

  /** Ends the process as a crash would, and keeps the folder. */
  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again on the address it had. */
  async again() {
    await this.#run(new URL(this.baseUrl).host, {});
  }

  /** Ends it and removes everything. */
  async remove() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  post(path, body) {
    return this.call('POST', path, body);
  }

  /**
   * @param {'POST' | 'PUT' | 'DELETE'} method
   * @param {string} path
   * @param {object} [body]
   */
  async call(method, path, body) {
    const headers = { 'Content-Type': 'application/json', 'X-Service-Auth': this.#credentials };
    const answer = await fetch(this.baseUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : undefined };
  }

  async #made(path, body) {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.body.id;
  }

  /**
   * Adds a service of this name with one user, and gives the user's path. What an
   * earlier test left under this name goes: an account has no two services of a name.
   * @param {string} name
   * @param {string} number
   * @param {string} [account]
   * @returns {Promise<string>}
   */
  async addServiceFor(name, number, account = 'jane') {
    const services = '/v1/service/service';
    this.#services += 1;
    const left = this.#left.get(name);
    if (left) {
      await this.call('DELETE', left.user);
      await this.call('DELETE', left.service);
    }
    const id = await this.#made(services, { fqdn: `shop${this.#services}.example`, name });
    const users = `${services}/${id}/users`;
    const user = `${users}/${await this.#made(users, { id_in_service: account, phone_number: number })}`;
    this.#left.set(name, { user, service: `${services}/${id}` });
    return user;
  }

  /**
   * The PIN of the newest message to this number, of those after `seen`.
   * @param {string} number
   * @param {number} [seen]
   * @returns {Promise<string>}
   */
  pinSentTo(number, seen = 0) {
    return until(`a message to ${number}`, async () => {
      const { messages } = await this.#inbox(`${encodeURIComponent(number)}&after=${seen}`);
      return messages[0]?.text.match(/\d{6}/)?.[0];
    });
  }

  /** How many messages were sent. */
  async messagesSent() {
    return (await this.#inbox('')).last_seq;
  }

  /**
   * Adds a user with this number and gives the path to start its verification.
   * @param {string} number
   * @returns {Promise<string>}
   */
  async addUser(number) {
    const services = '/v1/service/service';
    this.#serviceId ||= await this.#made(services, { fqdn: 'shop.example', name: 'Example Shop' });
    this.#users += 1;
    const users = `${services}/${this.#serviceId}/users`;
    const user = { id_in_service: `person-${this.#users}`, phone_number: number };
    return `${users}/${await this.#made(users, user)}/auth`;
  }

  /**
   * Starts a verification of this number and gives the message it caused.
   * @param {string} number
   */
  async send(number) {
    const before = await this.#inbox('');
    await this.#made(await this.addUser(number), { method: 'sms' });
    const told = await this.#inbox(`&after=${before.last_seq}&wait_seconds=8`);
    if (told.messages.length !== 1) throw new Error(`no message to ${number}`);
    return told.messages[0];
  }

  async #inbox(query) {
    const answer = await fetch(`${this.baseUrl}/dev/inbox?to=${query}`);
    return answer.json();
  }

  /**
   * The time by which the server decides, in milliseconds.
   * @returns {Promise<number>}
   */
  async now() {
    const answer = await fetch(`${this.baseUrl}/dev/clock`);
    return Date.parse((await answer.json()).now);
  }

  /**
   * Moves the server's time ahead.
   * @param {number} seconds
   */
  async advance(seconds) {
    const answer = await fetch(`${this.baseUrl}/dev/clock`, {
      method: 'POST', body: JSON.stringify({ advance_seconds: seconds }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** What practice is in force. */
  async practice() {
    const [clock, faults] = await Promise.all(
      ['/dev/clock', '/dev/faults'].map((path) => fetch(this.baseUrl + path)),
    );
    return { clock: await clock.json(), faults: await faults.json() };
  }
}
