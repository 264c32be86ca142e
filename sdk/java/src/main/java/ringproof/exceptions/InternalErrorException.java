package ringproof.exceptions;

/** A fault of the server: 500. Report it with its request id. */
public final class InternalErrorException extends VerigatorInternalError {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public InternalErrorException(String message, Details details) {
        super(message, details);
    }
}
