// The catalogues of the app: every language says everything.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const APP = new URL('../../web/app/', import.meta.url);
const LANGUAGES = ['de', 'en', 'es', 'et', 'fr', 'ru'];
const catalogue = async (language) => JSON.parse(await readFile(new URL(`languages/${language}.json`, APP), 'utf8'));
const english = await catalogue('en');

/** @param {string} sentence */
const places = (sentence) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('there is a catalogue for every language, and no other', async () => {
  assert.deepEqual((await readdir(new URL('languages/', APP))).sort(), LANGUAGES.map((one) => `${one}.json`));
});

for (const language of LANGUAGES) {
  test(`${language} has every sentence, with the same places in it`, async () => {
    const sentences = await catalogue(language);
    assert.deepEqual(Object.keys(sentences).sort(), Object.keys(english).sort());
    for (const [word, sentence] of Object.entries(sentences)) {
      const [forms, models] = [sentence, english[word]].map(
        (one) => (typeof one === 'string' ? [one] : Object.values(one)));
      for (const form of forms) {
        assert.deepEqual(places(form), places(models[0]), `${language} ${word}`);
        assert.notEqual(form.trim(), '', `${language} ${word}`);
      }
    }
  });

  test(`${language} has every plural form`, async () => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
    for (const [word, sentence] of Object.entries(await catalogue(language))) {
      if (typeof sentence === 'object') assert.deepEqual(Object.keys(sentence).sort(), categories, word);
    }
  });
}

test('every sentence is used by a script', async () => {
  const files = (await readdir(APP, { recursive: true })).filter((file) => file.endsWith('.js'));
  const sources = (await Promise.all(files.map((file) => readFile(new URL(file, APP), 'utf8')))).join('\n');
  const used = new Set([...sources.matchAll(/'([a-z]+\.[a-z_]+)'/g)].map(([, word]) => word));
  assert.deepEqual(Object.keys(english).filter((word) => !used.has(word)), []);
});

test('the worker keeps every file that the pages need', async () => {
  const worker = await readFile(new URL('worker_shell.js', APP), 'utf8');
  const kept = [...worker.matchAll(/'\/app\/([^']+)'/g)].map(([, file]) => file).sort();
  const files = (await readdir(APP, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.split('/web/app/').pop().replace(/^\//, ''));
  // The browser itself asks for the worker and the large pictures, when there is network.
  const needed = files.filter((file) => !/^worker|-512\.png$|^apple-touch|^index\.html$|\.md$/.test(file)).sort();
  assert.deepEqual(kept, needed);
});

test('the page asks for every module at once', async () => {
  const page = await readFile(new URL('index.html', APP), 'utf8');
  const asked = [...page.matchAll(/(?:modulepreload" href|module" src)="\/app\/([^"]+)"/g)].map(([, file]) => file);
  const files = (await readdir(APP, { recursive: true })).filter((file) => file.endsWith('.js')
    && !file.startsWith('worker'));
  assert.deepEqual(asked.sort(), files.sort());
});
