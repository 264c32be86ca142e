import { flag, given, list, optional, segment, text, whole } from './json_calls.js';
import { Discreet } from './redact.js';
import { userPath } from './users.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {import('./json_calls.js').JsonAnswer} JsonAnswer
 *
 * @typedef {object} Authenticator
 * @property {string} id
 * @property {string} name
 * @property {string} kind `app` for a device with the app, `other` for everything else
 * @property {boolean} confirmed
 * @property {string} algorithm
 * @property {number} digits
 * @property {number} period seconds
 * @property {string} ctime when it was made, RFC 3339
 * @property {string | null} used time of the last right code
 *
 * @typedef {object} WaitingDevice a device of the number that waits because another one is active
 * @property {string} id
 * @property {string} ctime
 * @property {string} held_until until then it has no codes
 */

/**
 * An authenticator just made, with what is shown once. Printed and as JSON it leaves the secret out,
 * so that no log gets it: hand `qr_png` or `qr_svg`, `uri` and `secret` to the person by name.
 *
 * @implements {Authenticator}
 */
export class NewAuthenticator extends Discreet {
  #secret;
  #uri;
  #qrSvg;
  #qrPng;

  /** @param {JsonAnswer} answer */
  constructor(answer) {
    super();
    const { id, name, kind, confirmed, algorithm, digits, period, ctime, used } =
      authenticator(answer);
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.confirmed = confirmed;
    this.algorithm = algorithm;
    this.digits = digits;
    this.period = period;
    this.ctime = ctime;
    this.used = used;
    this.#secret = text(answer, 'secret');
    this.#uri = text(answer, 'uri');
    this.#qrSvg = text(answer, 'qr_svg');
    this.#qrPng = text(answer, 'qr_png');
  }

  /** The seed in base 32, for programs that cannot scan. */
  get secret() {
    return this.#secret;
  }

  /** `otpauth://…`: a link of it opens an authenticator on the same phone. */
  get uri() {
    return this.#uri;
  }

  /** The QR code as an SVG image. */
  get qr_svg() {
    return this.#qrSvg;
  }

  /** The QR code as a `data:` address of a PNG. */
  get qr_png() {
    return this.#qrPng;
  }

  /** @override */
  visible() {
    return { ...this };
  }
}

/** The authenticators of a user. Change them only for a person who has just logged in. */
export class Authenticators {
  #calls;

  /** @param {import('./json_calls.js').JsonCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Makes an authenticator, which counts when {@link Authenticators.confirm} has had a code of it.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions & { name?: string, algorithm?: string, secret?: string }} [options]
   *   `secret` is a seed in base 32 that the token has already
   * @returns {Promise<NewAuthenticator>}
   */
  async create(serviceId, userId, options = {}) {
    const { name, algorithm, secret } = options;
    const path = `${userPath(serviceId, userId)}/authenticators`;
    const body = Object.fromEntries(
      Object.entries({ name, algorithm, secret })
        .filter(([, value]) => value !== undefined)
        .map(([member, value]) => [member, given(member, value)]),
    );
    const answer = await this.#calls.perform('POST', path, body, options, [secret]);
    return new NewAuthenticator(answer);
  }

  /**
   * Confirms an authenticator by a code of it. The fifth wrong one removes it.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} authenticatorId
   * @param {string} token
   * @param {CallOptions} [options]
   * @returns {Promise<Authenticator>}
   * @throws {import('./errors.js').InvalidDataError} if the code is wrong; `field` is `token`
   */
  async confirm(serviceId, userId, authenticatorId, token, options) {
    const path = `${userPath(serviceId, userId)}/authenticators/${segment(authenticatorId)}`;
    const body = { token: given('token', token) };
    return authenticator(await this.#calls.perform('PUT', path, body, options, [token]));
  }

  /**
   * The authenticators of a user, and the devices of its number that wait.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<{ authenticators: Authenticator[], waiting: WaitingDevice[] }>}
   */
  async list(serviceId, userId, options) {
    const path = `${userPath(serviceId, userId)}/authenticators`;
    const answer = await this.#calls.perform('GET', path, undefined, options);
    return {
      authenticators: list(answer, 'authenticators').map(authenticator),
      waiting: list(answer, 'waiting').map((device) => ({
        id: text(device, 'id'),
        ctime: text(device, 'ctime'),
        held_until: text(device, 'held_until'),
      })),
    };
  }

  /**
   * Removes an authenticator.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} authenticatorId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   */
  async delete(serviceId, userId, authenticatorId, options) {
    const path = `${userPath(serviceId, userId)}/authenticators/${segment(authenticatorId)}`;
    await this.#calls.perform('DELETE', path, undefined, options);
  }

  /**
   * Refuses a device that waits: the person says that it is not theirs.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {string} deviceId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   */
  async refuseDevice(serviceId, userId, deviceId, options) {
    const path = `${userPath(serviceId, userId)}/devices/${segment(deviceId)}`;
    await this.#calls.perform('DELETE', path, undefined, options);
  }
}

/**
 * @param {JsonAnswer} answer
 * @returns {Authenticator}
 */
function authenticator(answer) {
  return {
    id: text(answer, 'id'),
    name: text(answer, 'name'),
    kind: text(answer, 'kind'),
    confirmed: flag(answer, 'confirmed'),
    algorithm: text(answer, 'algorithm'),
    digits: whole(answer, 'digits'),
    period: whole(answer, 'period'),
    ctime: text(answer, 'ctime'),
    used: optional(answer, 'used'),
  };
}
