/** Version of this library; `package.json` says the same. */
export const VERSION = '0.1.0';

/** The header `User-Agent`. */
export const USER_AGENT = `ringproof-node/${VERSION}`;
