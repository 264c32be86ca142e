// Opens the verification widget in a dialog on your page:
//   <script src="https://…/widget/embed.js"></script>
//   const answer = await ringproof.verify(signedAddress);
// The widget answers to pages only whose origin the account lists. Types: /widget/embed.d.ts.
(() => {
  'use strict';
  /** @typedef {import('./embed.d.ts').Answer} Answer */
  /** @typedef {import('./embed.d.ts').Options} Options */

  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) throw new Error('embed.js is a script, not a module');
  const { origin } = new URL(script.src);

  /** Longest wait for the answer of somebody who leaves. */
  const ANSWER_MS = 3_000;
  /** Longest wait for a page of ours to speak, when something has been loaded. */
  const PAGE_MS = 5_000;
  const LABELS = {
    de: ['Telefonnummer bestätigen', 'Schließen'],
    en: ['Confirm your phone number', 'Close'],
    es: ['Confirma tu número de teléfono', 'Cerrar'],
    et: ['Kinnita oma telefoninumber', 'Sulge'],
    fr: ['Confirmez votre numéro', 'Fermer'],
    ru: ['Подтвердите номер телефона', 'Закрыть'],
  };
  const STYLE = `
    dialog { box-sizing: border-box; inline-size: min(27rem, 100vw - 2rem); max-block-size: calc(100vh - 2rem);
      max-block-size: calc(100dvh - 2rem); margin: auto; padding: 0; overflow: auto; border: 0; border-radius: 16px;
      background: #fff; color: #18212a; box-shadow: 0 8px 48px rgb(0 0 0 / 30%); color-scheme: light dark; }
    dialog::backdrop { background: rgb(0 0 0 / 55%); }
    iframe { display: block; inline-size: 100%; block-size: 24rem; border: 0; }
    button { position: absolute; inset-block-start: .375rem; inset-inline-end: .375rem; inline-size: 2.75rem;
      block-size: 2.75rem; padding: 0; border: 0; border-radius: 50%; background: #fff; color: #18212a;
      font: 1.5rem/1 system-ui, sans-serif; cursor: pointer; }
    button:hover { background: #eef1f3; }
    button:focus-visible { outline: 3px solid #0f766e; outline-offset: -3px; }
    @media (prefers-color-scheme: dark) { dialog, button { background: #182028; color: #e7ecf0; }
      button:hover { background: #26313b; } button:focus-visible { outline-color: #4fc4b6; } }
    @media (prefers-reduced-motion: no-preference) { dialog[open] { animation: show .15s ease-out; }
      iframe { transition: block-size .15s ease-out; } @keyframes show { from { opacity: 0; } } }
    @media (max-width: 30rem) { dialog { inline-size: 100vw; max-inline-size: 100vw; margin-block-end: 0;
      border-end-start-radius: 0; border-end-end-radius: 0; } }`;

  let isOpen = false;

  function labels() {
    const spoken = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LABELS);
    return LABELS[/** @type {keyof typeof LABELS} */ (spoken ?? 'en')];
  }

  /**
   * The dialog in a shadow of its own, so that neither page's style meets the other's.
   * @param {string} address
   * @param {string} label
   * @param {string} closeLabel
   */
  function build(address, label, closeLabel) {
    const host = document.createElement('div');
    const shadow = host.attachShadow({ mode: 'open' });
    // Not by an element or attribute, which your policy may forbid.
    if ('adoptedStyleSheets' in shadow) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    }
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-label', label);
    const frame = document.createElement('iframe');
    frame.title = label;
    frame.allow = 'otp-credentials';
    frame.referrerPolicy = 'no-referrer';
    frame.src = address;
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = '×';
    close.setAttribute('aria-label', closeLabel);
    dialog.append(frame, close);
    shadow.append(dialog);
    document.body.append(host);
    return { host, dialog, frame, close };
  }

  /**
   * @param {string} address
   * @param {Options} options
   * @param {(answer: Answer) => void} resolve
   * @param {(reason: unknown) => void} reject
   */
  function open(address, { signal, label }, resolve, reject) {
    const [ownLabel, closeLabel] = /** @type {[string, string]} */ (labels());
    const focused = document.activeElement;
    const { host, dialog, frame, close } = build(address, label ?? ownLabel, closeLabel);
    let isAsked = false;
    let hasPage = false;
    let isHeard = false;
    let timer = 0;

    /** @param {() => void} settle */
    function end(settle) {
      if (!isOpen) return;
      isOpen = false;
      clearTimeout(timer);
      removeEventListener('message', hear);
      signal?.removeEventListener('abort', abort);
      dialog.close();
      host.remove();
      if (focused instanceof HTMLElement) focused.focus();
      settle();
    }
    const leave = () => end(() => reject(new DOMException('closed without an answer', 'AbortError')));
    const abort = () => end(() => reject(signal?.reason));

    /** A browser that refuses to show our page here shows one of its own, and tells nobody. */
    function doubt() {
      if (isHeard) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (!isHeard) end(() => reject(new DOMException('the widget cannot be shown here', 'NotAllowedError')));
      }, PAGE_MS);
    }

    /** The person wants to leave: the page in the frame is asked for its answer to that. */
    function ask() {
      if (isAsked) return;
      isAsked = true;
      if (!hasPage) {
        leave();
        return;
      }
      frame.contentWindow?.postMessage({ ringproof: 1, cancel: true }, origin);
      timer = window.setTimeout(leave, ANSWER_MS);
    }

    /** @param {MessageEvent} event */
    function hear({ source, origin: from, data }) {
      if (source !== frame.contentWindow || from !== origin || data?.ringproof !== 1) return;
      isHeard = true;
      if (data.answer) {
        end(() => resolve(data.answer));
        return;
      }
      if (data.close) ask();
      if (data.height > 0) {
        hasPage = !data.over;
        frame.style.blockSize = `${data.height}px`;
      }
    }

    addEventListener('message', hear);
    frame.addEventListener('load', doubt);
    signal?.addEventListener('abort', abort);
    close.addEventListener('click', ask);
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      ask();
    });
    // A second press of Esc closes it without asking.
    dialog.addEventListener('close', ask);
    dialog.showModal();
  }

  /**
   * @param {string} signedAddress
   * @param {Options} [options]
   * @returns {Promise<Answer>}
   */
  async function verify(signedAddress, options = {}) {
    const address = new URL(signedAddress, location.href);
    if (address.origin !== origin) throw new TypeError(`the address must be one of ${origin}`);
    options.signal?.throwIfAborted();
    if (isOpen) throw new DOMException('a verification is open already', 'InvalidStateError');
    isOpen = true;
    return new Promise((resolve, reject) => open(address.href, options, resolve, reject));
  }

  Object.defineProperty(window, 'ringproof', { value: Object.freeze({ verify }), enumerable: true });
})();
