// What people read, in their language: one catalogue per language, loaded when it
// is needed. The service worker reads the same ones.

/** @typedef {keyof typeof import('./languages/en.json')} Word */
/** @typedef {string | Record<string, string>} Sentence in forms, by plural category, where it counts something */

/** By the name that each has for itself. */
export const LANGUAGES = /** @type {const} */ ({
  en: 'English', et: 'Eesti', de: 'Deutsch', fr: 'Français', es: 'Español', ru: 'Русский',
});
/** @typedef {keyof typeof LANGUAGES} Language */

const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

/** @type {Language} */
let language = 'en';
/** @type {Record<string, Sentence>} */
let catalogue = {};

/**
 * The first that we have of those that the person reads.
 * @param {string | undefined} chosen by hand
 * @returns {Language}
 */
export function preferredLanguage(chosen) {
  const wanted = [chosen, ...navigator.languages].map((tag) => tag?.split('-')[0]);
  const found = wanted.find((tag) => tag !== undefined && Object.hasOwn(LANGUAGES, tag));
  return /** @type {Language | undefined} */ (found) ?? 'en';
}

/**
 * From now on the texts are in this language.
 * @param {Language} wanted
 * @param {(path: string) => Promise<Response>} [load] the worker has its own way to the kept files
 */
export async function speak(wanted, load = fetch) {
  const answer = await load(`/app/languages/${wanted}.json`);
  if (!answer.ok) throw new Error(`no catalogue of ${wanted}`);
  catalogue = await answer.json();
  language = wanted;
}

export function currentLanguage() {
  return language;
}

export function direction() {
  return RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
}

/**
 * The locale for numbers and times: the person's own variant of the language, if there is one.
 * @returns {string}
 */
function locale() {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/**
 * @param {Word} word
 * @param {Record<string, string | number>} [values] for the places in braces; `count` chooses the plural form
 * @returns {string}
 */
export function text(word, values = {}) {
  const sentence = catalogue[word] ?? word;
  const form = typeof sentence === 'string' ? sentence : pluralForm(sentence, Number(values.count));
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * @param {Record<string, string>} forms
 * @param {number} count
 */
function pluralForm(forms, count) {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? '';
}

/** @param {number} timeMs */
export function clockTime(timeMs) {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(timeMs);
}

/**
 * The time, and the day unless that is today.
 * @param {number} timeMs
 */
export function dayAndTime(timeMs) {
  if (new Date(timeMs).toDateString() === new Date().toDateString()) return clockTime(timeMs);
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(timeMs);
}

/** @param {string[]} names */
export function listed(names) {
  return new Intl.ListFormat(locale()).format(names);
}

/** @returns {(left: string, right: string) => number} */
export function alphabetically() {
  return new Intl.Collator(locale(), { numeric: true, sensitivity: 'base' }).compare;
}
