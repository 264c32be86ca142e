package ringproof.exceptions;

/** What came is no answer of a Ringproof server: a wrong address, or the page of a proxy. */
public final class InvalidResponseException extends VerigatorInternalError {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public InvalidResponseException(String message, Details details) {
        super(message, details);
    }
}
