package ringproof;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import ringproof.exceptions.VerigatorException;

/** Confirms that a person holds a number, without services and users. */
public final class NumberVerification {
    private final TextCalls calls;

    NumberVerification(TextCalls calls) {
        this.calls = calls;
    }

    /** A confirmation that was started. */
    public static final class Started {
        private final String id;

        private Started(String id) {
            this.id = id;
        }

        /**
         * What {@link NumberVerification#verify} needs.
         *
         * @return empty if the browser is trusted
         */
        public String getId() {
            return id;
        }

        /**
         * Whether the person's browser is trusted, so that no PIN is needed.
         *
         * @return whether it is
         */
        public boolean isVerified() {
            return id.isEmpty();
        }
    }

    /**
     * Makes a PIN and sends it.
     *
     * @param to number with country code
     * @return the confirmation
     * @throws ringproof.exceptions.ThrottledException the number is blocked, or got too much
     * @throws ringproof.exceptions.UnavailableException no gateway takes messages now
     * @throws VerigatorException if it cannot be started
     */
    public Started start(String to) throws VerigatorException {
        return start(to, new NumberOptions());
    }

    /**
     * Makes a PIN and sends it.
     *
     * @param to number with country code
     * @param options what shall not be as usual
     * @return the confirmation
     * @throws ringproof.exceptions.ThrottledException the number is blocked, or got too much
     * @throws ringproof.exceptions.UnavailableException no gateway takes messages now
     * @throws VerigatorException if it cannot be started
     */
    public Started start(String to, NumberOptions options) throws VerigatorException {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("to", Objects.requireNonNull(to, "to"));
        parameters.putAll(options.parameters());
        return calls.change("/verify/start", parameters, Refusals.Codes.NUMBER, text -> {
            String id = TextCalls.okWord(text, TextCalls.WORD);
            return id != null ? new Started(id)
                : text.equals("VERIFIED") ? new Started("") : null;
        });
    }

    /**
     * Checks what the person typed.
     *
     * @param verificationId of the start
     * @param pin what the person typed
     * @return what became of it
     * @throws ringproof.exceptions.NoSuchResourceException there is no such verification
     * @throws VerigatorException if it cannot be checked
     */
    public PinResult verify(String verificationId, String pin) throws VerigatorException {
        return verify(verificationId, pin, new NumberOptions());
    }

    /**
     * Checks what the person typed.
     *
     * @param verificationId of the start
     * @param pin what the person typed
     * @param options what you know of the person's browser
     * @return what became of it
     * @throws ringproof.exceptions.NoSuchResourceException there is no such verification
     * @throws VerigatorException if it cannot be checked
     */
    public PinResult verify(String verificationId, String pin, NumberOptions options)
            throws VerigatorException {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("verification_id", Objects.requireNonNull(verificationId));
        parameters.put("pin", Objects.requireNonNull(pin, "pin"));
        parameters.putAll(options.parameters());
        return calls.change("/verify/pin", parameters, Refusals.Codes.NUMBER, PinResult::of);
    }
}
