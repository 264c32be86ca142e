/**
 * One family of exceptions: whatever a call is refused for, it is a {@link
 * ringproof.exceptions.VerigatorException}. No message carries a password, a PIN or a whole phone
 * number.
 */
package ringproof.exceptions;
