package ringproof.exceptions;

/** No whole answer came: nobody listens, no answer in time, the connection was lost. */
public final class ConnectionFailedException extends VerigatorInternalError {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public ConnectionFailedException(String message, Details details) {
        super(message, details);
    }
}
