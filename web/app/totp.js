// Time-based codes, RFC 6238: HMAC over the number of the time step, cut as RFC 4226 §5.3 says.

/**
 * @param {number} timeMs of the server
 * @param {number} periodSeconds
 */
export function stepAt(timeMs, periodSeconds) {
  return Math.floor(timeMs / 1_000 / periodSeconds);
}

/**
 * How long the code of this moment is still the newest.
 * @param {number} timeMs of the server
 * @param {number} periodSeconds
 */
export function leftMs(timeMs, periodSeconds) {
  return (stepAt(timeMs, periodSeconds) + 1) * periodSeconds * 1_000 - timeMs;
}

/**
 * @param {CryptoKey} key HMAC, usage `sign`
 * @param {number} step
 * @param {number} digits
 * @returns {Promise<string>}
 */
export async function codeOf(key, step, digits) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter));
  const at = mac.getUint8(mac.byteLength - 1) & 0x0f;
  const number = mac.getUint32(at) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * In groups that are read at one glance: 123 456.
 * @param {string} code
 */
export function grouped(code) {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`;
}
