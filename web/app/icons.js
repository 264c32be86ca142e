// The few signs of the app, drawn with lines of one width.

import { svg } from './dom.js';

const SHAPES = {
  codes: ['M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0', 'm8.5 12.5 2.5 2.5 4.5-5.5'],
  devices: ['M8 3.5h8a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5',
    'M11 17.5h2'],
  settings: ['M4 7h9', 'M17 7h3', 'M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0', 'M4 17h3', 'M11 17h9',
    'M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0'],
  more: ['M5 12h.01', 'M12 12h.01', 'M19 12h.01'],
  back: ['m14 6-6 6 6 6'],
  done: ['m5 12.5 4.5 4.5L19 7.5'],
  offline: ['M4 4l16 16', 'M8.5 16.4a5 5 0 0 1 7 0', 'M5 12.9a10 10 0 0 1 4-2.3', 'M13.5 10.1a10 10 0 0 1 5.5 2.8',
    'M12 20h.01'],
  bell: ['M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 1.5h-15z', 'M10 20.5h4'],
  lock: ['M6 11h12v9H6z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3'],
};

/**
 * @param {keyof typeof SHAPES} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const paths = SHAPES[name].map((d) => svg('path', { d }));
  const isDirected = name === 'back';
  return svg('svg', {
    class: isDirected ? 'icon directed' : 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false',
  }, ...paths);
}

/** The mark of Ringproof: a ring, and what it proves. */
export function mark() {
  return svg('svg', { class: 'mark', viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { cx: 16, cy: 16, r: 13 }), svg('path', { d: 'm10 16.5 4 4 8-9' }));
}
