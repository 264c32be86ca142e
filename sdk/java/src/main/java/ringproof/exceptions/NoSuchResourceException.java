package ringproof.exceptions;

/** No such service, user, verification, message: 404, {@code ERROR 107}, 110. */
public final class NoSuchResourceException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public NoSuchResourceException(String message, Details details) {
        super(message, details);
    }
}
