// The work that a message costs (security rule S-80): for each of eight puzzles the
// smallest number behind the challenge whose SHA-256 begins with so many zero bits.
// It is done in short turns from the start on, so that it is over before a number is
// typed, and typing never waits.

import { digest } from './sha256.js';

const PUZZLES = 8;
const TURN_MS = 10;
/** Numbers that are tried between two looks at the clock. */
const STRIDE = 64;
const DIGIT_ZERO = 48;
const DIGIT_NINE = 57;
/** What a message may hold; see `digest`. */
const BYTES_MAX = 63;

/**
 * A puzzle in work: its message with a counter at the end, as bytes.
 * @param {string} challenge
 * @param {number} puzzle
 */
function begin(challenge, puzzle) {
  const bytes = new Uint8Array(BYTES_MAX + 1);
  const prefix = `${challenge}.${puzzle}.`;
  for (let i = 0; i < prefix.length; i += 1) bytes[i] = prefix.charCodeAt(i);
  bytes[prefix.length] = DIGIT_ZERO;
  return { bytes, start: prefix.length, length: prefix.length + 1 };
}

/**
 * Counts on by one, in decimal digits.
 * @param {ReturnType<typeof begin>} message
 */
function count(message) {
  const { bytes, start } = message;
  let place = message.length - 1;
  while (place >= start && bytes[place] === DIGIT_NINE) {
    bytes[place] = DIGIT_ZERO;
    place -= 1;
  }
  if (place >= start) {
    bytes[place] = /** @type {number} */ (bytes[place]) + 1;
  } else {
    bytes[start] = DIGIT_ZERO + 1;
    bytes[message.length] = DIGIT_ZERO;
    message.length += 1;
  }
}

/**
 * Solves a challenge, and rests after each number of tries.
 * @param {string} challenge `BITS.MILLISECONDS.TAG`
 * @returns {Generator<undefined, string, undefined>}
 */
export function* solving(challenge) {
  const bits = Number.parseInt(challenge, 10);
  if (!(bits >= 1 && bits <= 32)) return '';
  const counters = [];
  let tries = 0;
  for (let puzzle = 0; puzzle < PUZZLES; puzzle += 1) {
    const message = begin(challenge, puzzle);
    while (/** @type {number} */ (digest(message.bytes, message.length)[0]) >>> (32 - bits) !== 0) {
      count(message);
      tries += 1;
      if (tries % STRIDE === 0) yield;
    }
    counters.push(String.fromCharCode(...message.bytes.slice(message.start, message.length)));
  }
  return counters.join(',');
}

/**
 * Solves a challenge beside everything else.
 * @param {string} challenge
 * @returns {Promise<string>}
 */
export function solve(challenge) {
  const steps = solving(challenge);
  // A message to oneself comes sooner than a timer, and after what the person does.
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      const end = performance.now() + TURN_MS;
      do {
        const step = steps.next();
        if (step.done) {
          port1.close();
          resolve(step.value);
          return;
        }
      } while (performance.now() < end);
      port2.postMessage(0);
    };
    port2.postMessage(0);
  });
}
