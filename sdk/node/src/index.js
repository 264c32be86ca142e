/**
 * Phone verification with a Ringproof server.
 *
 * @example
 * const ringproof = new Ringproof({ username: 'shop', password, endpoint: 'https://verify.example.com' });
 * const { id } = await ringproof.number.start('+37255500123');
 * const isTheirs = await ringproof.number.verify(id, whatThePersonTyped);
 *
 * @module
 */
export * from './errors.js';
export { NewAuthenticator } from './authenticators.js';
export { RecoveryCodes } from './recovery.js';
export { Ringproof } from './ringproof.js';
export { VERSION } from './version.js';
export { WidgetConfirmation, WidgetRequest } from './widget.js';
export { InvalidAnswerError, WidgetAnswer } from './widget_answer.js';
export { signature1, signature2 } from './widget_signature.js';

/**
 * @typedef {import('./auth.js').Checked} Checked
 * @typedef {import('./auth.js').Method} Method
 * @typedef {import('./auth.js').Started} Started
 * @typedef {import('./authenticators.js').Authenticator} Authenticator
 * @typedef {import('./authenticators.js').WaitingDevice} WaitingDevice
 * @typedef {import('./number.js').NumberOptions} NumberOptions
 * @typedef {import('./number.js').NumberStarted} NumberStarted
 * @typedef {import('./recovery.js').RecoveryState} RecoveryState
 * @typedef {import('./recovery.js').RecoveryUse} RecoveryUse
 * @typedef {import('./services.js').Service} Service
 * @typedef {import('./settings.js').RingproofOptions} RingproofOptions
 * @typedef {import('./sms.js').CountryPrices} CountryPrices
 * @typedef {import('./sms.js').SmsOptions} SmsOptions
 * @typedef {import('./transport.js').CallOptions} CallOptions
 * @typedef {import('./users.js').User} User
 * @typedef {import('./widget_answer.js').FormFields} FormFields
 */
