/**
 * One family of errors: whatever a call is refused for, it is a {@link RingproofError}. Mistakes in
 * the calling code, such as a PIN given as a number, are `TypeError`s.
 *
 * @module
 */

/**
 * @typedef {object} ErrorDetails
 * @property {number | null} [status] status of the HTTP answer
 * @property {string | null} [reason] the server's word for programs, `user_exists` or `ERROR 102`
 * @property {string | null} [field] the member or parameter that was refused
 * @property {string | null} [requestId] names the request in the server's log
 * @property {number | null} [retryAfter] seconds
 * @property {boolean} [maybeSent]
 */

/** The family. Messages carry no password, no PIN and no whole phone number. */
export class RingproofError extends Error {
  /**
   * @param {string} message
   * @param {ErrorDetails} [details]
   */
  constructor(message, details = {}) {
    super(message);
    this.name = new.target.name;
    /** Status of the HTTP answer; `null` if there was none. */
    this.status = details.status ?? null;
    /** The server's word for programs: `user_exists`, `ERROR 102`; `null` if it said none. */
    this.reason = details.reason ?? null;
    /** The member that was refused, if the server named one. */
    this.field = details.field ?? null;
    /** Names the request in the server's log. */
    this.requestId = details.requestId ?? null;
    /** Seconds after which the call can be made again; `null` if the server did not say. */
    this.retryAfter = details.retryAfter ?? null;
    /**
     * Whether the server may have done what it was asked to, although this call failed: the
     * request went out, and no answer came that can be understood. Then look before you repeat a
     * call that changes something.
     */
    this.maybeSent = details.maybeSent ?? false;
  }

  /** What a log may have of it. */
  toJSON() {
    const { name, message, status, reason, field, requestId, retryAfter, maybeSent } = this;
    return { name, message, status, reason, field, requestId, retryAfter, maybeSent };
  }
}

/** A field was missing or not allowed (400, 413, 414, 422, 431; `ERROR 102` and its like). */
export class InvalidDataError extends RingproofError {}

/** Unknown username, wrong password, disabled account (401, `ERROR 101`). */
export class WrongCredentialsError extends RingproofError {}

/** Not allowed to this account: address, country, sender (403, `ERROR 103`, `106`, `111`). */
export class ResourceForbiddenError extends RingproofError {}

/** The account has not enough money for the message (`ERROR 107`). */
export class InsufficientCreditError extends RingproofError {}

/** No such service, user, verification, message (404, `ERROR 107`, `ERROR 110`). */
export class NoSuchResourceError extends RingproofError {}

/** It exists already, was confirmed already, or is still in use (409). */
export class ResourceAlreadyExistsError extends RingproofError {}

/**
 * Too often (429, `ERROR 108`): wait `retryAfter` seconds if the server says how many. `ERROR 108`
 * is also said of a number that is blocked.
 */
export class ThrottledError extends RingproofError {}

/** The server or its gateways cannot do it now (408, 502, 503, 504, `FAILED 209`). */
export class UnavailableError extends RingproofError {}

/** No whole answer came: nobody listens, no answer in time, the connection was lost. */
export class ConnectionFailedError extends RingproofError {}

/** A fault of the server (500). Report it with `requestId`. */
export class InternalError extends RingproofError {}

/** What came is no answer of a Ringproof server: a wrong address, or the page of a proxy. */
export class InvalidResponseError extends RingproofError {}
