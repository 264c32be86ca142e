/**
 * Phone verification with a Ringproof server. {@link ringproof.Verigator} is the way in; it has the
 * shape that programs for the hosted service know:
 *
 * <pre>{@code
 * Verigator verigator = new Verigator("shop", password, "https://verify.example.com/v1");
 * Service service = Service.get(verigator, serviceId);
 * User user = service.registerUser("jane@example.com", "+37255500123");
 * user.authenticateUsingSMS();
 * if (user.verifyPin(whatThePersonTyped).isVerified()) {
 *     // let her in
 * }
 * }</pre>
 *
 * <p>Objects of this package can be used by several threads. Printed, none shows a password, a
 * secret, a PIN or a whole phone number.
 */
package ringproof;
