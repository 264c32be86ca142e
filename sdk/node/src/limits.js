/**
 * Every bound of this library, with its origin.
 *
 * @module
 */

/** The server gives up a call after 10 s; what takes longer than this has been lost on the way. */
export const TIMEOUT_MS = 15_000;

/** No time-out may be longer than a day: `setTimeout` takes more for "at once" above 2^31 ms. */
export const TIMEOUT_MS_MAX = 86_400_000;

/** A connection that takes longer is better tried at another address. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** The server closes a connection that is idle for 60 s; one that is near that is not used. */
export const IDLE_MS_MAX = 20_000;

/** How often all addresses are asked again by a call that only reads. */
export const RETRIES = 1;

/** More would only add to the load of a server that is down. */
export const RETRIES_MAX = 10;

/** The shortest pause before all addresses are asked again; it is up to twice as long. */
export const PAUSE_MS = 200;

/** The longest pause that the server can ask for; beyond it the caller shall decide. */
export const PAUSE_MS_MAX = 2_000;

/** All users come in one list, 130 bytes each: room for 500,000. */
export const ANSWER_BYTES_MAX = 67_108_864;

/** A name of a header and its value may have 512 bytes (S-55). */
export const AUTH_BYTES_MAX = 512;

/** Ids are UUIDs or hexadecimal digits; nothing that is longer is one. */
export const ID_LENGTH_MAX = 200;

/** What is kept of a message of the server. */
export const MESSAGE_LENGTH_MAX = 300;

/** A signed request of the widget is good for ten minutes if nothing else is said. */
export const REQUEST_LIFETIME_SECONDS = 600;

/** The server refuses a request whose end is further ahead. */
export const REQUEST_LIFETIME_SECONDS_MAX = 3_600;

/** An answer of the widget is good for five minutes; one that claims more is none of its answers. */
export const ANSWER_LIFETIME_SECONDS = 300;

/** How far the clocks of server and program may be apart when that is looked at. */
export const CLOCK_SKEW_SECONDS = 60;
