// The shapes that travel between app and server; docs of the app's protocol explain them.

/** The protocol that this app speaks. */
export const PROTOCOL = 1;

/** @typedef {'active' | 'held'} DeviceState */
/**
 * @typedef {{id: string, name: string, state: DeviceState,
 *   held_until: number | null, has_push: boolean}} ThisDevice
 */
/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} name
 * @property {DeviceState} state
 * @property {number | null} held_until
 * @property {number} created_at
 * @property {number} last_seen_at
 * @property {boolean} is_this
 */
/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} issuer
 * @property {string} account
 * @property {'new' | 'ready'} state
 * @property {string} algorithm
 * @property {number} digits
 * @property {number} period
 * @property {import('./keys.js').Wrapped | null} wrapped
 */
/** @typedef {{id: string, entry: string, created_at: number, expires_at: number}} Prompt */
/**
 * @typedef {object} State what `sync` tells
 * @property {number} protocol
 * @property {string} version
 * @property {number} now
 * @property {string | null} push_key
 * @property {ThisDevice} device
 * @property {Device[]} devices
 * @property {Entry[]} entries
 * @property {Prompt[]} prompts
 */
