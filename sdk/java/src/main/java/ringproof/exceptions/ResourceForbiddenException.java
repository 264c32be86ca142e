package ringproof.exceptions;

/**
 * Not allowed to this account, address, country or sender: 403, {@code ERROR 103}, 106, 111.
 */
public final class ResourceForbiddenException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public ResourceForbiddenException(String message, Details details) {
        super(message, details);
    }
}
