// The inbox, live: asks the server for news and keeps the list, the filter and
// the practice controls up to date. Without it the page shows what it was sent.

/** @typedef {{seq: number, id: string, to: string, from: string, text: string, at: string}} Message */
/** @typedef {{messages: Message[], last_seq: number}} Inbox */
/** @typedef {{now: string, offset_ms: number}} Clock */
/** @typedef {{gateway: 'accept' | 'refuse', store: 'available' | 'unavailable'}} Faults */

/** Longest wait for news that the server grants. */
const WAIT_SECONDS = 8;
/** How much longer an answer may take before the server counts as gone. */
const PATIENCE_MS = 10_000;
/** Pauses before the next try while the server is gone; the last one stays. */
const RETRY_SECONDS = [1, 1, 2, 4, 8, 15];
/** At most so often the list is renewed while messages pour in. */
const BREATH_MS = 200;
/** As many as the server keeps. */
const MESSAGES_MAX = 2_000;
/** Messages that are shown before the reader asks for older ones, and per asking. */
const PAGE_MESSAGES = 50;
const FEEDBACK_MS = 2_000;
const AGES_EVERY_MS = 5_000;
/** The first run of digits that has the length of a code; the server cuts alike. */
const CODE = /(?<![0-9])[0-9]{4,16}(?![0-9])/;

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`);
  return found;
}

/**
 * @param {ParentNode} parent
 * @param {string} selector
 * @returns {HTMLElement}
 */
function within(parent, selector) {
  const found = parent.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`nothing fits ${selector}`);
  return found;
}

const list = byId('list', HTMLUListElement);
const filter = byId('number', HTMLInputElement);
const blank = byId('message', HTMLTemplateElement);
const news = byId('news', HTMLDivElement);
const more = byId('more', HTMLButtonElement);
const tryNow = byId('try-now', HTMLButtonElement);
const gateway = byId('gateway', HTMLInputElement);
const store = byId('store', HTMLInputElement);

/** Newest first. @type {Message[]} */
let messages = [];
/** What stands on the page, by message. @type {Map<string, HTMLElement>} */
const items = new Map();
let shownMax = PAGE_MESSAGES;
/** Milliseconds that the server's clock is ahead of this one. */
let clockLead = 0;
let unseen = 0;

/**
 * Tells a screen reader; a fresh element, so that the same words are said again.
 * @param {string} sentence
 */
function announce(sentence) {
  const paragraph = document.createElement('p');
  paragraph.textContent = sentence;
  news.replaceChildren(paragraph);
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * @param {string} path
 * @param {object} [change] sent as JSON if given
 * @param {number} [patience]
 * @returns {Promise<any>}
 */
async function call(path, change, patience = PATIENCE_MS) {
  const signal = AbortSignal.timeout(patience);
  const body = change && JSON.stringify(change);
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(path, body ? { method: 'POST', body, headers, signal } : { signal });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

// Time

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/**
 * In steps large enough to stay calm.
 * @param {number} seconds from now, negative in the past
 */
function fromNow(seconds) {
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(Math.trunc(seconds / 5) * 5, 'second');
  if (size < 3_600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.trunc(seconds / 3_600), 'hour');
  return relative.format(Math.trunc(seconds / 86_400), 'day');
}

/** @param {HTMLElement} item */
function renewAge(item) {
  const time = within(item, 'time');
  const at = new Date(time.getAttribute('datetime') ?? '');
  const now = new Date(Date.now() + clockLead);
  const format = at.toDateString() === now.toDateString() ? clockTime : dayAndTime;
  const age = fromNow((at.getTime() - now.getTime()) / 1_000);
  const words = `${format.format(at)} (${age.replaceAll(' ', '\u00a0')})`;
  if (time.textContent !== words) time.textContent = words;
  time.title = fullTime.format(at);
  time.lang = relative.resolvedOptions().locale;
}

// The list

/** @param {HTMLElement} item */
function enliven(item) {
  const code = within(item, '[data-part=code]');
  const button = within(item, '.copy');
  button.setAttribute('aria-label', `Copy code ${code.textContent}`);
  button.addEventListener('click', () => void copy(code, button));
  button.hidden = false;
  const to = within(item, '[data-part=to]').textContent;
  for (const control of item.querySelectorAll('[data-report]')) {
    const status = control.getAttribute('data-report') ?? '';
    control.setAttribute('aria-label', `Report as ${status}, message to ${to}`);
    control.addEventListener('click', () => void report(item, status));
  }
  within(item, '.report').hidden = false;
}

/**
 * Plays the carrier, who reports later what became of a message.
 * @param {HTMLElement} item
 * @param {string} status
 */
async function report(item, status) {
  let words = 'Ringproof did not take the report.';
  try {
    const { outcome } = await call('/dev/inbox/receipts', { id: item.dataset.id, status });
    words = outcome === 'taken' ? `Reported as ${status}.` : 'Changes nothing, more is known already.';
  } catch {
    // Said below.
  }
  within(item, '[data-part=reported]').textContent = words;
  announce(words);
}

/**
 * @param {Message} message
 * @returns {HTMLElement}
 */
function itemOf(message) {
  const known = items.get(message.id);
  if (known) return known;
  const item = within(/** @type {DocumentFragment} */ (blank.content.cloneNode(true)), 'li');
  const code = CODE.exec(message.text);
  const start = code ? code.index : message.text.length;
  const parts = {
    to: message.to,
    from: message.from,
    before: message.text.slice(0, start),
    'in-text': code ? code[0] : '',
    after: code ? message.text.slice(start + code[0].length) : '',
    code: code ? code[0] : '',
  };
  for (const [name, text] of Object.entries(parts)) {
    within(item, `[data-part=${name}]`).textContent = text;
  }
  within(item, '.code-row').hidden = !code;
  within(item, 'time').setAttribute('datetime', message.at);
  item.dataset.id = message.id;
  enliven(item);
  items.set(message.id, item);
  return item;
}

/**
 * @param {HTMLElement} code
 * @param {HTMLElement} button
 */
async function copy(code, button) {
  let done = 'Copied';
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
  } catch {
    // No clipboard here (plain HTTP from another machine): the reader's own keys do it.
    getSelection()?.selectAllChildren(code);
    done = 'Selected, press Ctrl+C';
  }
  button.textContent = done;
  button.dataset.done = '';
  announce(`${done}: code ${code.textContent}`);
  await pause(FEEDBACK_MS);
  button.textContent = 'Copy';
  delete button.dataset.done;
}

/** Puts on the page what the filter lets through; elements stay, and so do focus and selection. */
function render() {
  const wanted = filter.value.replace(/[^+0-9\p{L}]/gu, '');
  const found = wanted ? messages.filter((message) => message.to.includes(wanted)) : messages;
  const shown = found.slice(0, shownMax).map(itemOf);
  const stays = new Set(shown);
  for (const item of [...list.children]) {
    if (!stays.has(/** @type {HTMLElement} */ (item))) item.remove();
  }
  let place = list.firstElementChild;
  for (const item of shown) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
    renewAge(item);
  }
  more.hidden = found.length <= shown.length;
  byId('empty', HTMLDivElement).hidden = messages.length > 0;
  byId('filter', HTMLFormElement).hidden = messages.length === 0;
  byId('no-match', HTMLDivElement).hidden = messages.length === 0 || found.length > 0;
  const count = byId('count', HTMLParagraphElement);
  count.hidden = !wanted;
  const total = messages.length === 1 ? '1 message' : `${messages.length} messages`;
  const words = wanted ? `${found.length} of ${total}` : '';
  if (count.textContent !== words) count.textContent = words;
}

/**
 * Takes in what the server has told.
 * @param {Message[]} told newest first
 * @param {number} newsAfter messages up to this `seq` were on the page already
 */
function take(told, newsAfter) {
  const known = new Set(messages.map((message) => message.id));
  const added = told.filter((message) => !known.has(message.id));
  if (added.length === 0) return;
  messages = [...added, ...messages];
  for (const gone of messages.splice(MESSAGES_MAX)) items.delete(gone.id);
  render();
  const fresh = added.filter((message) => message.seq > newsAfter);
  const newest = fresh[0];
  if (!newest) return;
  for (const message of fresh) items.get(message.id)?.classList.add('fresh');
  announce(fresh.length === 1 ? `New message to ${newest.to}` : `${fresh.length} new messages`);
  if (document.hidden) unseen += fresh.length;
  showUnseen();
}

function showUnseen() {
  document.title = unseen > 0 ? `(${unseen}) Inbox – Ringproof` : 'Inbox – Ringproof';
}

// The line to the server

/** @type {(() => void) | undefined} */
let endPause;

/**
 * @param {'connecting' | 'live' | 'gone'} state
 * @param {string} words
 */
function showState(state, words) {
  byId('state', HTMLParagraphElement).dataset.state = state;
  byId('state-text', HTMLSpanElement).textContent = words;
  tryNow.hidden = state !== 'gone';
}

/**
 * Waits before the next try; the button or the network's return cut it short.
 * @param {number} failures
 */
async function backOff(failures) {
  const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length) - 1] ?? 1;
  if (failures === 1) announce('Ringproof does not answer. Trying again.');
  for (let left = seconds; left > 0; left -= 1) {
    showState('gone', `No answer, trying again in ${left} s`);
    const isCut = await Promise.race([
      pause(1_000).then(() => false),
      new Promise((resolve) => { endPause = () => resolve(true); }),
    ]);
    if (isCut) return;
  }
}

/** Asks for news, again and again. */
async function follow() {
  // At first, and after a silence, which may have brought a server that counts from the start.
  let asksForAll = true;
  let after = 0;
  let failures = 0;
  let newsAfter = Number(list.dataset.lastSeq);
  for (;;) {
    const wait = asksForAll ? 0 : WAIT_SECONDS;
    const query = `to=&after=${asksForAll ? 0 : after}&wait_seconds=${wait}`;
    try {
      /** @type {Inbox} */
      const inbox = await call(`/dev/inbox?${query}`, undefined, wait * 1_000 + PATIENCE_MS);
      if (failures > 0) announce('Live again.');
      failures = 0;
      showState('live', 'Live');
      void learnPractice();
      take(inbox.messages, newsAfter);
      newsAfter = -1;
      asksForAll = inbox.last_seq < after;
      after = inbox.last_seq;
      if (inbox.messages.length > 0) await pause(BREATH_MS);
    } catch {
      failures += 1;
      asksForAll = true;
      after = 0;
      await backOff(failures);
    }
  }
}

// Practice

/** Grows with every change made here, so that an older answer does not undo what it shows. */
let changes = 0;

/** @param {number} seconds */
function inUnits(seconds) {
  const words = [];
  let rest = seconds;
  for (const [unit, name] of /** @type {const} */ ([[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']])) {
    if (rest >= unit) words.push(`${Math.floor(rest / unit)} ${name}`);
    rest %= unit;
  }
  return words.join(' ');
}

/**
 * @param {Clock} clock
 * @param {Faults} faults
 */
function showPractice(clock, faults) {
  clockLead = Date.parse(clock.now) - Date.now();
  items.forEach(renewAge);
  const offset = Math.round(clock.offset_ms / 1_000);
  const moved = offset ? `${inUnits(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}` : '';
  byId('clock', HTMLParagraphElement).textContent = moved ? `${moved} of real time` : 'Real time';
  gateway.checked = faults.gateway === 'refuse';
  store.checked = faults.store === 'unavailable';

  const inForce = [];
  if (moved) inForce.push(`the clock is ${moved}`);
  if (gateway.checked) inForce.push('the gateway refuses');
  if (store.checked) inForce.push('the store is unavailable');
  const notice = byId('practising', HTMLParagraphElement);
  notice.hidden = inForce.length === 0;
  const words = `In practice: ${inForce.join(', ')}.`;
  if (notice.textContent !== words) notice.textContent = words;
}

/** Shows what is in force; another page or a program may have changed it. */
async function learnPractice() {
  const asked = changes;
  try {
    const [clock, faults] = await Promise.all([call('/dev/clock'), call('/dev/faults')]);
    if (asked === changes) showPractice(clock, faults);
  } catch {
    // The line above shows that the server is gone.
  }
}

/**
 * @param {string} path
 * @param {object} change
 */
async function practise(path, change) {
  const problem = byId('problem', HTMLParagraphElement);
  problem.textContent = '';
  changes += 1;
  try {
    await call(path, change);
  } catch {
    problem.textContent = 'Ringproof did not take the change.';
  }
  await learnPractice();
}

function start() {
  for (const item of list.children) {
    if (!(item instanceof HTMLElement) || !item.dataset.id) continue;
    enliven(item);
    renewAge(item);
    items.set(item.dataset.id, item);
  }
  for (const origin of document.querySelectorAll('[data-part=origin]')) {
    origin.textContent = location.origin;
  }
  for (const id of ['state', 'practise', 'jump']) byId(id, HTMLElement).hidden = false;

  const form = byId('filter', HTMLFormElement);
  form.hidden = items.size === 0;
  form.addEventListener('submit', (event) => event.preventDefault());
  filter.addEventListener('input', () => { shownMax = PAGE_MESSAGES; render(); });
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    filter.value = '';
    render();
    filter.focus();
  });
  more.addEventListener('click', () => { shownMax += PAGE_MESSAGES; render(); });

  tryNow.addEventListener('click', () => endPause?.());
  addEventListener('online', () => endPause?.());
  document.addEventListener('visibilitychange', () => { unseen = 0; showUnseen(); });

  for (const button of document.querySelectorAll('[data-advance]')) {
    const seconds = Number(button.getAttribute('data-advance'));
    button.addEventListener('click', () => void practise('/dev/clock', { advance_seconds: seconds }));
  }
  byId('reset', HTMLButtonElement).addEventListener('click', () => void practise('/dev/clock', { reset: true }));
  gateway.addEventListener('change', () => {
    void practise('/dev/faults', { gateway: gateway.checked ? 'refuse' : 'accept' });
  });
  store.addEventListener('change', () => {
    void practise('/dev/faults', { store: store.checked ? 'unavailable' : 'available' });
  });

  setInterval(() => items.forEach(renewAge), AGES_EVERY_MS);
  void follow();
}

start();
