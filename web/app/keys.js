// The keys of this device. None of them can be exported, not even by our own
// scripts: the browser keeps them and only lets them work.

import { bytesOfId, fromBase64url, join, toBase64url, utf8 } from './bytes.js';

/** @typedef {{sign: CryptoKeyPair, wrap: CryptoKeyPair}} DeviceKeys */
/** @typedef {{key: string, iv: string, data: string}} Wrapped */

const CURVE = 'P-256';
/** Names the purpose of the derived key, so that no other use of the same secret opens a seed. */
const SEED_INFO = utf8('ringproof seed 1');

/** @returns {Promise<DeviceKeys>} */
export async function makeDeviceKeys() {
  const [sign, wrap] = await Promise.all([
    crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: CURVE }, false, ['sign', 'verify']),
    crypto.subtle.generateKey({ name: 'ECDH', namedCurve: CURVE }, false, ['deriveKey']),
  ]);
  return { sign, wrap };
}

/**
 * The public halves as they go over the wire.
 * @param {DeviceKeys} keys
 */
export async function publicKeys(keys) {
  const [sign, wrap] = await Promise.all([
    crypto.subtle.exportKey('raw', keys.sign.publicKey),
    crypto.subtle.exportKey('raw', keys.wrap.publicKey),
  ]);
  return { sign_key: toBase64url(sign), wrap_key: toBase64url(wrap) };
}

/**
 * @param {DeviceKeys} keys
 * @param {string} text
 * @returns {Promise<string>} r‖s
 */
export async function signature(keys, text) {
  const how = { name: 'ECDSA', hash: 'SHA-256' };
  return toBase64url(await crypto.subtle.sign(how, keys.sign.privateKey, utf8(text)));
}

/**
 * Opens a seed straight into a key that makes codes. The seed itself is never
 * seen by a script. Rejects when it was not wrapped for this device and entry.
 *
 * @param {DeviceKeys} keys
 * @param {string} deviceId
 * @param {string} entryId
 * @param {Wrapped} wrapped
 * @returns {Promise<CryptoKey>}
 */
export async function openSeed(keys, deviceId, entryId, wrapped) {
  const peer = await crypto.subtle.importKey(
    'raw', fromBase64url(wrapped.key), { name: 'ECDH', namedCurve: CURVE }, false, [],
  );
  const shared = await crypto.subtle.deriveKey(
    { name: 'ECDH', public: peer }, keys.wrap.privateKey, 'HKDF', false, ['deriveKey'],
  );
  const entry = bytesOfId(entryId);
  const unwrapping = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: join(SEED_INFO, entry) },
    shared, { name: 'AES-GCM', length: 256 }, false, ['unwrapKey'],
  );
  const how = {
    name: 'AES-GCM', iv: fromBase64url(wrapped.iv), additionalData: join(bytesOfId(deviceId), entry),
  };
  return crypto.subtle.unwrapKey(
    'raw', fromBase64url(wrapped.data), unwrapping, how,
    { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'],
  );
}
