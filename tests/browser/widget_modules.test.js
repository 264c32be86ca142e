// The parts of the widget's scripts that need no page: the work, and the grouping of numbers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { clock } from '../../web/widget/countdown.js';
import { caretAfter, digitsOf, plainDigits, signsBefore } from '../../web/widget/digits.js';
import { international, national } from '../../web/widget/grouping.js';
import { digest } from '../../web/widget/sha256.js';
import { solving } from '../../web/widget/work.js';

const WIDGET = new URL('../../web/widget/', import.meta.url);
const LANGUAGES = ['de', 'en', 'es', 'et', 'fr', 'ru'];

/** @param {string} text */
function hexOf(text) {
  const bytes = new TextEncoder().encode(text);
  return [...digest(bytes, bytes.length)].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** @param {string} challenge */
function solved(challenge) {
  const steps = solving(challenge);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

describe('the work', () => {
  test('SHA-256 gives the digests of FIPS 180-4', () => {
    assert.equal(hexOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(hexOf(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const twoBlocks = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
    assert.equal(hexOf(twoBlocks), '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  });

  test('SHA-256 agrees with another one at every length', () => {
    for (let length = 0; length < 64; length += 1) {
      for (const unit of ['a', '\x7f', '09.']) {
        const text = unit.repeat(length).slice(0, length);
        assert.equal(hexOf(text), createHash('sha256').update(text).digest('hex'), `${length} of ${unit}`);
      }
    }
    assert.throws(() => digest(new Uint8Array(64), 64), RangeError);
  });

  test('each of the eight numbers is the smallest that solves its puzzle', () => {
    const bits = 9;
    const challenge = `${bits}.1764000000000.0123456789abcdef0123456789abcdef`;
    const isSolved = (puzzle, counter) => {
      const first = createHash('sha256').update(`${challenge}.${puzzle}.${counter}`).digest().readUInt32BE(0);
      return first >>> (32 - bits) === 0;
    };
    const counters = solved(challenge).split(',');
    assert.equal(counters.length, 8);
    counters.forEach((counter, puzzle) => {
      assert.equal(counter, String(Number(counter)));
      let smallest = 0;
      while (!isSolved(puzzle, smallest)) smallest += 1;
      assert.equal(Number(counter), smallest);
    });
  });

  test('what is no challenge is no work', () => {
    for (const text of ['', 'x', '0.1.2', '33.1.2']) assert.equal(solved(text), '', text);
  });
});

describe('grouping', () => {
  /** @type {import('../../web/widget/grouping.js').Grouping} */
  const estonia = { code: '372', trunk: '', mobile: 8, rows: [['', '### ####'], ['5', '#### ####']] };
  const britain = { code: '44', trunk: '0', mobile: 10, rows: [['', '0#### ######'], ['20', '0## #### ####']] };
  const states = { code: '1', trunk: '', mobile: 10, rows: [['', '(###) ###-####']] };
  const russia = { code: '7', trunk: '8', mobile: 10, rows: [['', '8 (###) ###-##-##']] };

  test('a number is grouped on the way as it will be in the end', () => {
    for (const [typed, shown] of [
      ['5', '5'], ['55', '55'], ['5550', '5550'], ['55500', '5550 0'], ['55500123', '5550 0123'],
      ['555001234', '555001234'], ['6', '6'],
    ]) assert.equal(national(estonia, typed), shown);
    assert.equal(national(estonia, '6311234', true), '631 1234');
  });

  test('the trunk prefix stands where it is written, if it was typed', () => {
    assert.equal(national(britain, '02079460018'), '020 7946 0018');
    assert.equal(national(britain, '2079460018'), '20 7946 0018');
    assert.equal(national(britain, '07400123456'), '07400 123456');
    assert.equal(national(russia, '89161234567'), '8 (916) 123-45-67');
    assert.equal(national(russia, '9161234567'), '(916) 123-45-67');
    assert.equal(national(states, '202555'), '(202) 555');
    assert.equal(national(states, '12025550123'), '12025550123');
  });

  test('a number with its calling code is grouped behind it', () => {
    assert.equal(international(estonia, '37255500123'), '+372 5550 0123');
    assert.equal(international(states, '12025550123'), '+1 202 555-0123');
    assert.equal(international(russia, '79161234567'), '+7 916 123-45-67');
    assert.equal(international(britain, '442079460018'), '+44 20 7946 0018');
    assert.equal(international(estonia, '372'), '+372');
    assert.equal(international(estonia, '3725'), '+372 5');
  });

  test('no digit is added, lost or moved, whatever is typed', () => {
    for (const grouping of [estonia, britain, states, russia]) {
      for (let seed = 1; seed < 3_000; seed += 1) {
        const typed = String((seed * 7_919 * 104_729) % 10 ** (1 + (seed % 15))).padStart(1 + (seed % 15), '0');
        for (const isWhole of [true, false]) {
          assert.equal(digitsOf(national(grouping, typed, isWhole)), typed);
          assert.equal(digitsOf(international(grouping, typed, isWhole)), typed);
        }
      }
    }
  });

  test('the caret stays behind the same digit', () => {
    assert.equal(signsBefore('5550 0123', 6), 5);
    assert.equal(caretAfter('(202) 555', 3), 4);
    assert.equal(caretAfter('(202) 555', 4), 7);
    assert.equal(caretAfter('+372 5', 9), 6);
    assert.equal(caretAfter('5550', 0), 0);
  });

  test('digits of other scripts are digits', () => {
    assert.equal(plainDigits('٠١٢٣٤٥٦٧٨٩ ۰۱۲ ०९ ５５ ＋'), '0123456789 012 09 55 +');
    assert.equal(plainDigits('a½ü'), 'a½ü');
  });
});

test('a time is told as on a clock', () => {
  for (const [seconds, told] of [[0, '0:00'], [9, '0:09'], [60, '1:00'], [299, '4:59'], [3_661, '1:01:01']]) {
    assert.equal(clock(seconds), told);
  }
});

test('every country has a name in every language, in its order', async () => {
  const lists = await Promise.all(LANGUAGES.map(async (language) => (
    JSON.parse(await readFile(new URL(`countries/${language}.json`, WIDGET), 'utf8')))));
  const codes = lists.map((list) => list.map(([code]) => code).sort());
  for (const one of codes) assert.deepEqual(one, codes[0]);
  lists.forEach((list, index) => {
    const names = list.map(([, name]) => name);
    assert.deepEqual(names, [...names].sort(new Intl.Collator(LANGUAGES[index]).compare), LANGUAGES[index]);
  });
});

test('every sentence of the catalogues is used, and those that are used exist', async () => {
  const read = (path) => readFile(new URL(path, import.meta.url), 'utf8');
  const english = Object.keys(JSON.parse(await read('../../web/widget/languages/en.json')));
  const rust = '../../crates/server/src/pages/widget/';
  const markup = '../../crates/server/templates/widget/';
  const names = async (folder) => (await readdir(new URL(folder, import.meta.url))).map((name) => folder + name);
  const paths = [...await names(rust), ...await names(markup)].filter((path) => !path.endsWith('tests.rs'));
  const sources = (await Promise.all(paths.map(read))).join('\n');
  const used = new Set([...sources.matchAll(/"([a-z]+\.[a-z_]+)"/g)].map(([, word]) => word));
  const byName = (word) => /^(notice|refused)\./.test(word);
  assert.deepEqual(english.filter((word) => !used.has(word) && !byName(word)), []);
});
