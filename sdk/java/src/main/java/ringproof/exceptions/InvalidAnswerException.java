package ringproof.exceptions;

/**
 * What a browser brought from the widget is not to be believed. The reason is {@code fields},
 * {@code signature}, {@code expired}, {@code nonce} or {@code phone}.
 */
public final class InvalidAnswerException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public InvalidAnswerException(String message, Details details) {
        super(message, details);
    }
}
