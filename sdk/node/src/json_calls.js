/**
 * The calls with JSON: credentials in a header, refusals as statuses.
 *
 * @module
 */
import * as errors from './errors.js';
import { ID_LENGTH_MAX } from './limits.js';
import { scrubbed } from './redact.js';

/**
 * @typedef {import('./exchange.js').Incoming} Incoming
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {Record<string, unknown>} Body
 *
 * @typedef {object} JsonAnswer
 * @property {Body} body
 * @property {Incoming} incoming
 */

/** What is asked of the server by JSON. */
export class JsonCalls {
  #transport;
  #auth;

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport;
    this.#auth = `${transport.username}:${transport.password}`;
  }

  /**
   * @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method
   * @param {string} path
   * @param {Body | undefined} body
   * @param {CallOptions | undefined} options
   * @param {readonly (string | undefined)[]} [hidden] arguments that no error may repeat
   * @returns {Promise<JsonAnswer>}
   */
  perform(method, path, body, options, hidden = []) {
    const secrets = [this.#transport.password, ...hidden];
    return this.#transport.perform(
      {
        method,
        path,
        headers: {
          'x-service-auth': this.#auth,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        isReading: method === 'GET',
      },
      options ?? {},
      (incoming) => read(incoming, secrets),
    );
  }
}

/**
 * @param {Incoming} incoming
 * @param {readonly (string | undefined)[]} secrets
 * @returns {JsonAnswer}
 */
function read(incoming, secrets) {
  const { status, requestId, retryAfter } = incoming;
  const body = parsed(incoming.text);
  if (status === 200 || status === 201 || status === 202) {
    if (body === null) {
      throw notOurs(incoming, 'the answer is no JSON object');
    }
    return { body, incoming };
  }
  const saysWhy = body !== null && typeof body['message'] === 'string';
  // The page of a proxy must not pass for "there is no such user".
  if (!saysWhy && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw notOurs(incoming, `status ${status}`);
  }
  const Refusal = refusalOf(status);
  const reason = word(body?.['code']);
  throw new Refusal(saysWhy ? scrubbed(body['message'], secrets) : `status ${status}`, {
    status,
    reason,
    field: word(body?.['field']),
    requestId,
    retryAfter,
    // A gateway that gave up, a fault in the middle and a server that took too long leave open
    // what became of the call. Only when no message could go, surely nothing was done.
    maybeSent: status >= 500 && reason !== 'sms_unavailable',
  });
}

/**
 * @param {number} status
 * @returns {typeof errors.RingproofError}
 */
export function refusalOf(status) {
  switch (status) {
    case 400:
    case 413:
    case 414:
    case 422:
    case 431:
      return errors.InvalidDataError;
    case 401:
      return errors.WrongCredentialsError;
    case 403:
      return errors.ResourceForbiddenError;
    case 404:
      return errors.NoSuchResourceError;
    case 409:
      return errors.ResourceAlreadyExistsError;
    case 429:
      return errors.ThrottledError;
    case 408:
    case 502:
    case 503:
    case 504:
      return errors.UnavailableError;
    case 500:
      return errors.InternalError;
    default:
      return errors.RingproofError;
  }
}

/**
 * @param {Incoming} incoming
 * @param {string} what
 * @returns {errors.InvalidResponseError}
 */
export function notOurs(incoming, what) {
  return new errors.InvalidResponseError(`${what}: this is no answer of a Ringproof server`, {
    status: incoming.status,
    maybeSent: incoming.status < 300,
  });
}

/**
 * @param {string} text
 * @returns {Body | null} null unless it is an object
 */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    // What went wrong would be told with a piece of the text.
    return null;
  }
}

/**
 * @param {unknown} value
 * @returns {string | null}
 */
function word(value) {
  return typeof value === 'string' && /^[a-z_]{1,64}$/.test(value) ? value : null;
}

/**
 * A member that must be a text.
 *
 * @param {JsonAnswer} answer
 * @param {string} name
 * @returns {string}
 */
export function text(answer, name) {
  const value = answer.body[name];
  if (typeof value !== 'string') {
    throw notOurs(answer.incoming, `member ${name} is no text`);
  }
  return value;
}

/**
 * A member that may be missing or null.
 *
 * @param {JsonAnswer} answer
 * @param {string} name
 * @returns {string | null}
 */
export function optional(answer, name) {
  return (answer.body[name] ?? null) === null ? null : text(answer, name);
}

/**
 * A member that must be true or false.
 *
 * @param {JsonAnswer} answer
 * @param {string} name
 * @returns {boolean}
 */
export function flag(answer, name) {
  const value = answer.body[name];
  if (typeof value !== 'boolean') {
    throw notOurs(answer.incoming, `member ${name} is neither true nor false`);
  }
  return value;
}

/**
 * A member that must be a whole number.
 *
 * @param {JsonAnswer} answer
 * @param {string} name
 * @returns {number}
 */
export function whole(answer, name) {
  const value = answer.body[name];
  if (!Number.isSafeInteger(value)) {
    throw notOurs(answer.incoming, `member ${name} is no whole number`);
  }
  return /** @type {number} */ (value);
}

/**
 * A member that must be a list of objects.
 *
 * @param {JsonAnswer} answer
 * @param {string} name
 * @returns {JsonAnswer[]}
 */
export function list(answer, name) {
  const value = answer.body[name];
  if (!Array.isArray(value)) {
    throw notOurs(answer.incoming, `member ${name} is no list`);
  }
  return value.map((body) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw notOurs(answer.incoming, `member ${name} is no list of objects`);
    }
    return { body, incoming: answer.incoming };
  });
}

/**
 * An id as a part of a path. What cannot be an id is not asked for: an empty one would make another
 * path of it, and so would `..`.
 *
 * @param {string} id
 * @returns {string}
 */
export function segment(id) {
  if (typeof id !== 'string') {
    throw new TypeError('an id must be a text');
  }
  const isNone = id === '' || id === '.' || id === '..' || !id.isWellFormed();
  if (isNone || id.length > ID_LENGTH_MAX) {
    throw new errors.NoSuchResourceError('nothing can have this id');
  }
  return encodeURIComponent(id);
}

/**
 * What is sent as a text must be one: a PIN given as a number has lost its zeros, and half a
 * character would arrive as another one.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
export function given(name, value) {
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw new TypeError(`${name} must be a text of whole characters`);
  }
  return value;
}
