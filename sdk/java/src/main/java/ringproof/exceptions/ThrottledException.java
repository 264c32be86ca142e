package ringproof.exceptions;

/** Too often: 429, {@code ERROR 108}. The latter is said of blocked numbers as well. */
public final class ThrottledException extends VerigatorInternalError {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public ThrottledException(String message, Details details) {
        super(message, details);
    }
}
