// What the scripts of the page share: finding elements, and telling what happened.

/**
 * @param {string} id
 * @returns {HTMLElement | null}
 */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} id
 * @returns {HTMLFormElement | null}
 */
export function formOf(id) {
  const found = byId(id);
  return found instanceof HTMLFormElement ? found : null;
}

/**
 * @param {string} id
 * @returns {HTMLInputElement | null}
 */
export function inputOf(id) {
  const found = byId(id);
  return found instanceof HTMLInputElement ? found : null;
}

/**
 * Changes a text only if it is another, so that nothing is read out twice.
 * @param {Element} element
 * @param {string} words
 */
export function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * Tells a screen reader.
 * @param {string} sentence
 */
export function announce(sentence) {
  const news = byId('news');
  if (news) setText(news, sentence);
}

/**
 * Says what is wrong with a field, in the place where the server would say it.
 * @param {HTMLInputElement} input
 * @param {string} sentence
 */
export function complain(input, sentence) {
  const form = input.form;
  byId('notice')?.remove();
  const notice = document.createElement('div');
  notice.className = 'notice';
  notice.id = 'notice';
  notice.tabIndex = -1;
  notice.setAttribute('role', 'alert');
  const words = document.createElement('p');
  words.textContent = sentence;
  notice.append(words);
  form?.before(notice);
  const others = (input.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== 'notice');
  input.setAttribute('aria-describedby', ['notice', ...others].join(' '));
  input.setAttribute('aria-invalid', 'true');
  input.focus();
}
