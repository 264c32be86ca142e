package ringproof.exceptions;

/** The account has not enough credit for the message: {@code ERROR 107}. */
public final class InsufficientCreditException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public InsufficientCreditException(String message, Details details) {
        super(message, details);
    }
}
