import { Auth } from './auth.js';
import { Authenticators } from './authenticators.js';
import { JsonCalls } from './json_calls.js';
import { NumberVerification } from './number.js';
import { Recovery } from './recovery.js';
import { Discreet } from './redact.js';
import { Services } from './services.js';
import { settings } from './settings.js';
import { Sms } from './sms.js';
import { TextCalls } from './text_calls.js';
import { Transport } from './transport.js';
import { Users } from './users.js';
import { Widget } from './widget.js';

/**
 * A Ringproof server, as one account sees it. Make one and keep it: it keeps connections.
 *
 * Printed and as JSON it shows no password and no secret.
 */
export class Ringproof extends Discreet {
  #transport;

  /** @param {import('./settings.js').RingproofOptions} options */
  constructor(options) {
    super();
    const known = settings(options);
    this.#transport = new Transport(known);
    const json = new JsonCalls(this.#transport);
    const text = new TextCalls(this.#transport);
    const page = options.widgetUrl ?? `${known.endpoints[0]}/widget`;
    /** Services of the account. */
    this.services = new Services(json);
    /** Users of services. */
    this.users = new Users(json);
    /** Starts authentications and checks PINs. */
    this.auth = new Auth(json);
    /** Authenticators of users. */
    this.authenticators = new Authenticators(json);
    /** Recovery codes of users. */
    this.recovery = new Recovery(json);
    /** Confirms bare numbers. */
    this.number = new NumberVerification(text);
    /** Plain messages. */
    this.sms = new Sms(text);
    /** The hosted page. */
    this.widget = new Widget({ user: known.username, secret: known.widgetSecret, page }, json);
  }

  /** Closes the connections that are kept. A program may also end without it. */
  close() {
    this.#transport.close();
  }

  /** @override */
  visible() {
    return { username: this.#transport.username, endpoints: this.#transport.endpoints };
  }
}
