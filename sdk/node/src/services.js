import { given, segment, text } from './json_calls.js';

/**
 * @typedef {import('./transport.js').CallOptions} CallOptions
 *
 * @typedef {object} Service
 * @property {string} id
 * @property {string} name
 * @property {string} ctime when it was made, RFC 3339
 */

/** Below it are all services of the account. */
export const SERVICES = '/v1/service/service';

/** The services of the account. A service has users; its name is what authenticators show. */
export class Services {
  #calls;

  /** @param {import('./json_calls.js').JsonCalls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * Makes a service.
   *
   * @param {string} domain domain name or address of your site
   * @param {string} name unique in the account
   * @param {CallOptions} [options]
   * @returns {Promise<Service>}
   * @throws {import('./errors.js').ResourceAlreadyExistsError} if there is one of this name
   */
  async create(domain, name, options) {
    const body = { fqdn: given('domain', domain), name: given('name', name) };
    return service(await this.#calls.perform('POST', SERVICES, body, options));
  }

  /**
   * Reads a service.
   *
   * @param {string} serviceId
   * @param {CallOptions} [options]
   * @returns {Promise<Service>}
   */
  async get(serviceId, options) {
    const path = `${SERVICES}/${segment(serviceId)}`;
    return service(await this.#calls.perform('GET', path, undefined, options));
  }

  /**
   * Deletes a service that has no users.
   *
   * @param {string} serviceId
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   * @throws {import('./errors.js').ResourceAlreadyExistsError} if it has users
   */
  async delete(serviceId, options) {
    await this.#calls.perform('DELETE', `${SERVICES}/${segment(serviceId)}`, undefined, options);
  }
}

/**
 * @param {import('./json_calls.js').JsonAnswer} answer
 * @returns {Service}
 */
function service(answer) {
  return { id: text(answer, 'id'), name: text(answer, 'name'), ctime: text(answer, 'ctime') };
}
