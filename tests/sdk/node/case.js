// One case: its steps one after the other, with the variables that they share.
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Ringproof, RingproofError } from 'ringproof';
import { Beside } from './beside.js';
import { describe } from './error.js';
import { CALLS } from './library.js';
import { at, difference, filled } from './matching.js';

const PAUSE_MS = 50;
/** What an error must not repeat, if it has this many characters. */
const SECRET_LENGTH_MIN = 4;
const SECRETS = ['token', 'pin', 'code', 'secret', 'number', 'to'];

export class Case {
  #setting;
  #beside;
  #variables = {};
  #library;
  #password = '';

  constructor(setting, seen) {
    this.#setting = setting;
    this.#beside = new Beside(setting, seen);
    this.#connect({});
  }

  async run(steps) {
    try {
      for (const step of steps) {
        await this.#step(step);
      }
    } finally {
      this.#library.close();
    }
  }

  async #step(step) {
    if (step.client !== undefined) {
      this.#library.close();
      this.#connect(step.client);
    } else if (step.each !== undefined) {
      const elements = typeof step.of === 'number' ? [...Array(step.of).keys()] : step.of;
      for (const element of elements) {
        this.#variables[step.each] = element;
        for (const inner of step.steps) {
          await this.#step(inner);
        }
      }
    } else {
      await this.#call(step);
    }
  }

  #connect({ account = 'main', addresses = ['main'], timeout_seconds: seconds }) {
    const { username, password, widget_secret: secret } = this.#setting.accounts[account];
    this.#password = password;
    this.#library = new Ringproof({
      username,
      password,
      endpoint: addresses.map((name) => this.#setting.addresses[name]),
      ...(secret === undefined ? {} : { widgetSecret: secret }),
      ...(seconds === undefined ? {} : { timeoutMs: seconds * 1000 }),
    });
    this.#mustHide([inspect(this.#library), JSON.stringify(this.#library)], {});
  }

  async #call(step) {
    const args = filled(step.args ?? {}, this.#variables);
    const end = Date.now() + (step.within_seconds ?? 0) * 1000;
    for (;;) {
      const { result, error } = await this.#outcome(step.call, args);
      const wrong = this.#judge(step, result, error);
      if (wrong === null) {
        for (const [variable, path] of Object.entries(step.save ?? {})) {
          this.#variables[variable] = at(result, path);
        }
        return;
      }
      if (Date.now() >= end) {
        throw new Error(`${step.call} ${JSON.stringify(step.args ?? {})}: ${wrong}`);
      }
      await pause(PAUSE_MS);
    }
  }

  async #outcome(name, args) {
    try {
      const run = CALLS[name];
      const result = await (run ? run(this.#library, args) : this.#beside.call(name, args));
      return { result: result ?? null, error: null };
    } catch (error) {
      if (!(error instanceof RingproofError)) {
        throw error;
      }
      const json = JSON.stringify(error);
      this.#mustHide([error.message, String(error), inspect(error, { depth: 9 }), json], args);
      return { result: null, error: describe(error) };
    }
  }

  #judge(step, result, error) {
    if (step.expect_error !== undefined) {
      return error === null
        ? `gave ${JSON.stringify(result)} instead of an error`
        : difference(filled(step.expect_error, this.#variables), error);
    }
    if (error !== null) {
      return `failed: ${JSON.stringify(error)}`;
    }
    return 'expect' in step ? difference(filled(step.expect, this.#variables), result) : null;
  }

  #mustHide(texts, args) {
    const secrets = [this.#password, ...SECRETS.map((name) => args[name])];
    for (const secret of secrets) {
      if (typeof secret === 'string' && secret.length >= SECRET_LENGTH_MIN) {
        for (const text of texts) {
          if (text.includes(secret)) {
            throw new Error(`a secret can be read in: ${text}`);
          }
        }
      }
    }
  }
}
