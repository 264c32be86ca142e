// SHA-256 of short ASCII messages that differ in their last characters (FIPS 180-4).
// Browsers have one of their own, but it answers later, each time, and not over
// plain HTTP; here tens of thousands are needed in half a second.

const ROUNDS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const INITIAL = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Bytes of a block, and how many of them a message may fill with its end and length behind it. */
const BLOCK = 64;
const ROOM = 55;

/**
 * What stands there, which is a number within the bounds.
 * @param {Int32Array} array
 * @param {number} index
 */
const at = (array, index) => /** @type {number} */ (array[index]);

const state = new Int32Array(8);
const words = new Int32Array(64);

/**
 * Fills in the words that follow from the first 16 of a block.
 * @param {Int32Array} w
 */
function expand(w) {
  for (let i = 16; i < 64; i += 1) {
    const a = at(w, i - 15);
    const b = at(w, i - 2);
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = (at(w, i - 16) + s0 + at(w, i - 7) + s1) | 0;
  }
}

/**
 * Takes a block into the state.
 * @param {Int32Array} w all its 64 words
 */
function compress(w) {
  let a = at(state, 0); let b = at(state, 1); let c = at(state, 2); let d = at(state, 3);
  let e = at(state, 4); let f = at(state, 5); let g = at(state, 6); let h = at(state, 7);
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(ROUNDS, i) + at(w, i)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0;
    d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] = at(state, 0) + a; state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c; state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e; state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g; state[7] = at(state, 7) + h;
}

/**
 * A last block that holds the length and nothing else: it is the same for all messages
 * of that length.
 * @param {number} length
 */
function lengthBlock(length) {
  const block = new Int32Array(64);
  block[15] = length * 8;
  expand(block);
  return block;
}

const lengthBlocks = Array.from({ length: BLOCK }, (_, length) => lengthBlock(length));

/**
 * The digest of the first bytes of a buffer.
 * @param {Uint8Array} bytes
 * @param {number} length below 64
 * @returns {Int32Array} its eight words; the next call writes them over
 */
export function digest(bytes, length) {
  if (length >= BLOCK) throw new RangeError('a message of one block only');
  words.fill(0, 0, 16);
  for (let i = 0; i < length; i += 1) {
    words[i >> 2] = at(words, i >> 2) | (/** @type {number} */ (bytes[i]) << (24 - (i & 3) * 8));
  }
  words[length >> 2] = at(words, length >> 2) | (0x80 << (24 - (length & 3) * 8));
  if (length <= ROOM) words[15] = length * 8;
  expand(words);
  state.set(INITIAL);
  compress(words);
  if (length > ROOM) compress(/** @type {Int32Array} */ (lengthBlocks[length]));
  return state;
}
