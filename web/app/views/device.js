// The name that a device gets at first: browser and system, the same in every language.

const BROWSERS = /** @type {const} */ ([
  [/\bEdgA?\//, 'Edge'], [/\bOPR\//, 'Opera'], [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'], [/CriOS\/|Chrome\//, 'Chrome'], [/Safari\//, 'Safari'],
]);
const SYSTEMS = /** @type {const} */ ([
  [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'], [/Macintosh/, 'Mac'], [/Linux/, 'Linux'],
]);

/** @param {string} [agent] */
export function deviceName(agent = navigator.userAgent) {
  const found = [BROWSERS, SYSTEMS].map((kinds) => kinds.find(([sign]) => sign.test(agent))?.[1]);
  return found.filter(Boolean).join(', ') || 'Browser';
}
