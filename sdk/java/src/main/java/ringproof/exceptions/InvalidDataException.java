package ringproof.exceptions;

/**
 * A field was missing or not allowed: 400, 413, 414, 422, 431; {@code ERROR 102} and such.
 */
public final class InvalidDataException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public InvalidDataException(String message, Details details) {
        super(message, details);
    }
}
