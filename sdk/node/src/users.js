import { given, list, segment, text } from './json_calls.js';
import { SERVICES } from './services.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 *
 * @typedef {object} User
 * @property {string} id
 * @property {string} username the person's name in your program
 * @property {string} ctime when it was added, RFC 3339
 */

/** The users of a service. A user has a phone number, which no answer tells. */
export class Users {
  #calls;

  /** @param {import('./json_calls.js').JsonCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Adds a user. No message is sent.
   *
   * @param {string} serviceId
   * @param {string} number phone number with country code
   * @param {string} username the person's name in your program, unique in the service
   * @param {CallOptions} [options]
   * @returns {Promise<User>}
   * @throws {import('./errors.js').ResourceAlreadyExistsError} if there is one of this name
   */
  async create(serviceId, number, username, options) {
    const body = {
      phone_number: given('number', number),
      id_in_service: given('username', username),
    };
    const path = `${SERVICES}/${segment(serviceId)}/users`;
    return user(await this.#calls.perform('POST', path, body, options, [number]));
  }

  /**
   * Reads a user.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<User>}
   */
  async get(serviceId, userId, options) {
    const path = userPath(serviceId, userId);
    return user(await this.#calls.perform('GET', path, undefined, options));
  }

  /**
   * The users of a service, oldest first: all, or those of a page.
   *
   * @param {string} serviceId
   * @param {CallOptions & { limit?: number, offset?: number }} [options]
   * @returns {Promise<User[]>}
   */
  async getAll(serviceId, options = {}) {
    const { limit, offset } = options;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ limit, offset })) {
      if (value !== undefined) {
        query.set(name, String(value));
      }
    }
    const path = `${SERVICES}/${segment(serviceId)}/users${query.size > 0 ? `?${query}` : ''}`;
    return list(await this.#calls.perform('GET', path, undefined, options), 'users').map(user);
  }

  /**
   * Removes a user, with its authenticators and what wrong PINs cost it.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   */
  async delete(serviceId, userId, options) {
    await this.#calls.perform('DELETE', userPath(serviceId, userId), undefined, options);
  }

  /**
   * Ends every block and lock of a user. Make sure of the person by other means first: each call
   * grants 89 more guesses.
   *
   * @param {string} serviceId
   * @param {string} userId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   */
  async unlock(serviceId, userId, options) {
    const path = `${userPath(serviceId, userId)}/lock`;
    await this.#calls.perform('DELETE', path, undefined, options);
  }
}

/**
 * @param {string} serviceId
 * @param {string} userId
 * @returns {string}
 */
export function userPath(serviceId, userId) {
  return `${SERVICES}/${segment(serviceId)}/users/${segment(userId)}`;
}

/**
 * @param {import('./json_calls.js').JsonAnswer} answer
 * @returns {User}
 */
function user(answer) {
  return {
    id: text(answer, 'id'),
    username: text(answer, 'id_in_service'),
    ctime: text(answer, 'ctime'),
  };
}
