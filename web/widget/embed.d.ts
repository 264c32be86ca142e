/** What came of a verification. Check the signature on your server before you believe it. */
export interface Answer {
  /** The account that asked. */
  user: string;
  version: '1' | '2';
  /** `VERIFIED`: the person holds the number. Anything else is `CANCELLED`. */
  status: 'VERIFIED' | 'CANCELLED';
  /** The number, `+` and digits; missing if none was given. */
  phone?: string;
  /** What the request had (version 2). */
  nonce?: string;
  /** When the answer ends, in seconds since 1970 (version 2). */
  exp?: string;
  /** Id of the verification, for your server to confirm it (version 2). */
  vid?: string;
  sig: string;
  /** A second signature beside `sig`, if the account's setting adds one (version 1). */
  sig2?: string;
}

export interface Options {
  /** Ends the verification from outside; the promise is rejected with its reason. */
  signal?: AbortSignal;
  /** Name of the dialog for screen readers. */
  label?: string;
}

export interface Ringproof {
  /**
   * Opens the widget in a dialog and waits for its answer. A person who closes the dialog
   * gives an answer too: a signed one, `CANCELLED`.
   *
   * @param signedAddress an address of the widget that your server signed
   * @throws TypeError if the address is not one of the host that this script came from
   * @throws DOMException `InvalidStateError` if a dialog is open already, `NotAllowedError` if
   *   the page of the widget does not show up, as on a page whose origin is not listed,
   *   `AbortError` if the person left and no answer came
   */
  verify(signedAddress: string, options?: Options): Promise<Answer>;
}

declare global {
  const ringproof: Ringproof;
  interface Window {
    readonly ringproof: Ringproof;
  }
}
