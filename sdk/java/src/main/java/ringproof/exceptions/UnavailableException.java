package ringproof.exceptions;

/** The server or its gateways cannot do it now: 408, 502 to 504, {@code FAILED 209}. */
public final class UnavailableException extends VerigatorInternalError {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public UnavailableException(String message, Details details) {
        super(message, details);
    }
}
